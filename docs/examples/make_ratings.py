"""Makes ratings.csv: stars that made-up users give made-up films. Run by hand; wants NumPy.

A rating is 3.3 + the user's bias + the film's bias + the product of four hidden traits of each + noise of deviation 0.5, rounded to
1..5 stars. Printed are the errors on a fifth of the rows of guesses that any recommender must beat, and of one that knows everything but
the noise.
"""

import numpy as np

rng = np.random.default_rng(20261125)
USERS, FILMS, TRAITS, RATINGS = 200, 100, 4, 8000
user_bias, film_bias = rng.normal(0, 0.35, USERS), rng.normal(0, 0.45, FILMS)
users, films = rng.normal(0, 0.6, (USERS, TRAITS)), rng.normal(0, 0.6, (FILMS, TRAITS))
pairs = rng.choice(USERS * FILMS, RATINGS, replace=False)
u, f = pairs // FILMS, pairs % FILMS
mean = 3.3 + user_bias[u] + film_bias[f] + (users[u] * films[f]).sum(1)
stars = np.clip(np.rint(mean + rng.normal(0, 0.5, RATINGS)), 1, 5).astype(int)

with open("ratings.csv", "w") as out:
    out.write("user,film,stars\n")
    for row in zip(u, f, stars):
        out.write("user{:03},film{:03},{}\n".format(*row))

test = rng.random(RATINGS) < 0.2
train = ~test
# The film's and the user's mean, drawn towards the overall one, as in Funk's baseline.
overall = stars[train].mean()
film = np.array([(stars[train & (f == i)] - overall).sum() / ((train & (f == i)).sum() + 5) for i in range(FILMS)])
rest = stars - overall - film[f]
user = np.array([rest[train & (u == i)].sum() / ((train & (u == i)).sum() + 5) for i in range(USERS)])
for name, guess in [("overall mean", overall), ("biases", overall + film[f] + user[u]), ("the truth without its noise", np.clip(mean, 1, 5))]:
    error = (stars - guess)[test]
    print(f"{name}: mean absolute error {np.abs(error).mean():.4f}, mean squared error {(error ** 2).mean():.4f}")
