//! The inner loop: a few rows times one panel, the sums in registers. Loops over arrays are not kept in registers by the
//! compiler at this size (they ran at 6 GFLOP/s), so the two vector instruction sets are written out.

use super::WIDTH;

/// Multiplies some rows, `depth` numbers each, with a panel of `depth` lines, and hands the sums of each row to `write`.
pub(super) type Tiles =
    fn(rows: &[f32], depth: usize, panel: &[f32], write: &mut dyn FnMut(usize, &[f32; WIDTH]));

/// The one for this processor. All give the same bits: each sum goes through its terms in order with fused multiply-adds.
pub(super) fn tiles() -> Tiles {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has just been asked.
            return |rows, depth, panel, write| unsafe { x86::avx512(rows, depth, panel, write) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the processor has just been asked.
            return |rows, depth, panel, write| unsafe { x86::avx2(rows, depth, panel, write) };
        }
    }
    plain
}

fn plain(rows: &[f32], depth: usize, panel: &[f32], write: &mut dyn FnMut(usize, &[f32; WIDTH])) {
    for (r, row) in rows.chunks_exact(depth).enumerate() {
        let mut sums = [0.0f32; WIDTH];
        for (x, line) in row.iter().zip(panel.chunks_exact(WIDTH)) {
            sums.iter_mut().zip(line).for_each(|(sum, b)| *sum = x.mul_add(*b, *sum));
        }
        write(r, &sums);
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::WIDTH;
    use std::arch::x86_64::*;

    macro_rules! tiles {
        ($name:ident, $tile:ident, $features:literal, $vector:ty, $lanes:literal, [$($rows:literal)+],
         $zero:ident, $splat:ident, $load:ident, $fma:ident, $store:ident) => {
            #[target_feature(enable = $features)]
            pub fn $name(
                rows: &[f32],
                depth: usize,
                panel: &[f32],
                write: &mut dyn FnMut(usize, &[f32; WIDTH]),
            ) {
                let count = rows.len() / depth;
                let mut at = 0;
                // Whole tiles first, then ever smaller ones.
                $(while count - at >= $rows {
                    $tile::<{ $rows }>(&rows[at * depth..], depth, panel, at, write);
                    at += $rows;
                })+
            }

            #[target_feature(enable = $features)]
            fn $tile<const R: usize>(
                rows: &[f32],
                depth: usize,
                panel: &[f32],
                at: usize,
                write: &mut dyn FnMut(usize, &[f32; WIDTH]),
            ) {
                const VECTORS: usize = WIDTH / $lanes;
                assert!(rows.len() >= R * depth && panel.len() >= depth * WIDTH);
                let mut sums: [[$vector; VECTORS]; R] = [[$zero(); VECTORS]; R];
                for k in 0..depth {
                    for r in 0..R {
                        // SAFETY: r < R and k < depth, and there are R * depth numbers in the rows.
                        let x = $splat(unsafe { *rows.get_unchecked(r * depth + k) });
                        for v in 0..VECTORS {
                            // SAFETY: the panel has depth lines of WIDTH numbers, and v * lanes + lanes <= WIDTH.
                            let b = unsafe { $load(panel.as_ptr().add(k * WIDTH + v * $lanes)) };
                            sums[r][v] = $fma(x, b, sums[r][v]);
                        }
                    }
                }
                for (r, sums) in sums.iter().enumerate() {
                    let mut line = [0.0f32; WIDTH];
                    for (v, &sum) in sums.iter().enumerate() {
                        // SAFETY: v * lanes + lanes <= WIDTH.
                        unsafe { $store(line.as_mut_ptr().add(v * $lanes), sum) };
                    }
                    write(at + r, &line);
                }
            }
        };
    }

    // 14 rows of 2 vectors fill 28 of 32 registers; 3 rows of 4 fill 12 of 16.
    tiles!(
        avx512, tile512, "avx512f", __m512, 16, [14 8 4 2 1],
        _mm512_setzero_ps, _mm512_set1_ps, _mm512_loadu_ps, _mm512_fmadd_ps, _mm512_storeu_ps
    );
    tiles!(
        avx2, tile256, "avx2,fma", __m256, 8, [3 1],
        _mm256_setzero_ps, _mm256_set1_ps, _mm256_loadu_ps, _mm256_fmadd_ps, _mm256_storeu_ps
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        for (rows, depth) in [(1, 1), (7, 33), (12, 120), (29, 5)] {
            let a: Vec<f32> = (0..rows * depth).map(|i| (i as f32).cos()).collect();
            let panel: Vec<f32> = (0..depth * WIDTH).map(|i| (i as f32 * 0.3).sin()).collect();
            let run = |tiles: Tiles| {
                let mut out = vec![0; rows * WIDTH];
                tiles(&a, depth, &panel, &mut |r, line| {
                    let bits = line.map(f32::to_bits);
                    out[r * WIDTH..][..WIDTH].copy_from_slice(&bits);
                });
                out
            };
            let expected = run(plain);
            assert_eq!(run(tiles()), expected);
            #[cfg(target_arch = "x86_64")]
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                // SAFETY: the processor has just been asked.
                assert_eq!(run(|r, d, p, w| unsafe { x86::avx2(r, d, p, w) }), expected);
            }
        }
    }
}
