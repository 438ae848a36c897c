//! The calls of MPI that the transport makes, each with its error as a text. Only one thread may make one at a time.

use mpi::ffi::{
    self, MPI_Abort, MPI_Cancel, MPI_Comm_rank, MPI_Comm_set_errhandler, MPI_Comm_size,
    MPI_Datatype, MPI_Error_string, MPI_Get_count, MPI_Improbe, MPI_Irecv, MPI_Isend, MPI_Message,
    MPI_Mrecv, MPI_Request, MPI_Status, MPI_Test,
};
use std::ffi::{c_char, c_int, c_void};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::time::{Duration, Instant};

/// Bytes, or numbers, of one message at most: MPI counts in 32 bits.
const MOST: usize = 1 << 30;

/// A text for the code that a call of MPI returned, if it is an error.
fn checked(code: c_int) -> Result<(), String> {
    // MPI_SUCCESS is 0 by the standard.
    if code == 0 {
        return Ok(());
    }
    // Longer than MPI_MAX_ERROR_STRING of every MPI.
    let mut text = [0u8; 4096];
    let mut length: c_int = 0;
    // SAFETY: the buffer is longer than what MPI writes, and both pointers are to values that live here.
    let told =
        unsafe { MPI_Error_string(code, text.as_mut_ptr().cast::<c_char>(), &raw mut length) };
    let length = usize::try_from(length).unwrap_or(0).min(text.len());
    match told == 0 && length > 0 {
        true => Err(String::from_utf8_lossy(&text[..length]).into_owned()),
        false => Err(format!("error {code} of MPI")),
    }
}

/// Has calls return errors instead of ending the process.
pub fn return_errors() -> Result<(), String> {
    // SAFETY: MPI has begun; both handles are its constants.
    checked(unsafe { MPI_Comm_set_errhandler(ffi::RSMPI_COMM_WORLD, ffi::RSMPI_ERRORS_RETURN) })
}

/// The number of this process, and how many there are.
pub fn rank_and_size() -> Result<(usize, usize), String> {
    let (mut rank, mut size): (c_int, c_int) = (0, 0);
    // SAFETY: MPI has begun, and the pointers are to values that live here.
    checked(unsafe { MPI_Comm_rank(ffi::RSMPI_COMM_WORLD, &raw mut rank) })?;
    // SAFETY: as above.
    checked(unsafe { MPI_Comm_size(ffi::RSMPI_COMM_WORLD, &raw mut size) })?;
    let counted = |x: c_int| usize::try_from(x).map_err(|_| format!("MPI counts {x} processes"));
    Ok((counted(rank)?, counted(size)?))
}

/// Ends all processes with code 1.
pub fn abort() -> ! {
    // SAFETY: MPI has begun. It does not return where MPI can end the others.
    unsafe { MPI_Abort(ffi::RSMPI_COMM_WORLD, 1) };
    std::process::exit(1)
}

/// How a message of so many items is cut: the last piece is shorter than the others, so that it is known as the last.
fn pieces(count: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..=count / most).map(move |i| (i * most, most.min(count - i * most)))
}

/// A call's counts and ranks fit: messages are cut, and ranks are those that MPI gave.
fn int(x: usize) -> Result<c_int, String> {
    c_int::try_from(x).map_err(|_| format!("{x} is more than MPI counts"))
}

/// Bytes that are on their way.
#[derive(Debug)]
pub struct Sending {
    requests: Vec<MPI_Request>,
    bytes: Vec<u8>,
}

// SAFETY: a request may be tested by another thread than began it: MPI was begun with MPI_THREAD_SERIALIZED, and the
// transport's lock keeps calls apart.
unsafe impl Send for Sending {}

impl Sending {
    /// Begins to send bytes.
    pub fn start(bytes: Vec<u8>, to: usize, tag: c_int) -> Result<Self, String> {
        let mut own = Sending { requests: Vec::new(), bytes };
        for (from, count) in pieces(own.bytes.len(), MOST) {
            // SAFETY: the piece lies in the bytes, which are neither changed nor freed before its request is done.
            let place = unsafe { own.bytes.as_ptr().add(from) }.cast();
            // SAFETY: as above.
            let request = unsafe { isend(place, count, ffi::RSMPI_UINT8_T, int(to)?, tag) }?;
            own.requests.push(request);
        }
        Ok(own)
    }

    /// Whether all has left the buffer.
    pub fn is_done(&mut self) -> Result<bool, String> {
        while let Some(last) = self.requests.last_mut() {
            if test(last)?.is_none() {
                return Ok(false);
            }
            self.requests.pop();
        }
        Ok(true)
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        if !self.requests.is_empty() {
            // MPI may still read them.
            std::mem::forget(std::mem::take(&mut self.bytes));
        }
    }
}

/// # Safety
/// The items must stay as they are until the request is done.
unsafe fn isend(
    place: *const c_void,
    count: usize,
    items: MPI_Datatype,
    to: c_int,
    tag: c_int,
) -> Result<MPI_Request, String> {
    let count = int(count)?;
    // SAFETY: a handle without a request, which MPI writes over.
    let mut request = unsafe { ffi::RSMPI_REQUEST_NULL };
    // SAFETY: the caller keeps the items; the request is a value that lives here.
    checked(unsafe {
        MPI_Isend(place, count, items, to, tag, ffi::RSMPI_COMM_WORLD, &raw mut request)
    })?;
    Ok(request)
}

/// The status of a request that is done; `None` while it is not.
fn test(request: &mut MPI_Request) -> Result<Option<MPI_Status>, String> {
    let mut flag: c_int = 0;
    let mut status = MaybeUninit::<MPI_Status>::zeroed();
    // SAFETY: the request is one that MPI gave, or was set to null by it when it was done.
    checked(unsafe { MPI_Test(request, &raw mut flag, status.as_mut_ptr()) })?;
    // SAFETY: a status is a struct of numbers, which zero bytes are valid for, and MPI has written it if it is done.
    Ok((flag != 0).then(|| unsafe { status.assume_init() }))
}

/// How many items a message had.
fn counted(status: &MPI_Status, items: MPI_Datatype) -> Result<usize, String> {
    let mut count: c_int = 0;
    // SAFETY: the status is of a message that was received or probed.
    checked(unsafe { MPI_Get_count(status, items, &raw mut count) })?;
    usize::try_from(count).map_err(|_| "a message of other items".to_string())
}

/// The next message of bytes of a rank, or of any, with a tag, or with any, with its rank and tag.
pub fn take(
    from: Option<usize>,
    tag: Option<c_int>,
) -> Result<Option<(usize, c_int, Vec<u8>)>, String> {
    // SAFETY: constants of MPI.
    let (any_source, any_tag) = unsafe { (ffi::RSMPI_ANY_SOURCE, ffi::RSMPI_ANY_TAG) };
    let from = from.map(int).transpose()?.unwrap_or(any_source);
    let mut bytes = Vec::new();
    let Some((from, tag, count)) = take_piece(from, tag.unwrap_or(any_tag), &mut bytes)? else {
        return Ok(None);
    };
    let mut last = count;
    while last == MOST {
        // The rest is on its way: the sender has begun to send all pieces.
        match take_piece(from, tag, &mut bytes)? {
            Some((_, _, count)) => last = count,
            None => std::thread::yield_now(),
        }
    }
    let from = usize::try_from(from).map_err(|_| format!("a message of rank {from}"))?;
    Ok(Some((from, tag, bytes)))
}

/// Appends a message, if there is one; its rank, its tag and how many bytes it had.
fn take_piece(
    from: c_int,
    tag: c_int,
    bytes: &mut Vec<u8>,
) -> Result<Option<(c_int, c_int, usize)>, String> {
    let mut flag: c_int = 0;
    let mut status = MaybeUninit::<MPI_Status>::zeroed();
    // SAFETY: a handle without a message, which MPI writes over.
    let mut message: MPI_Message = unsafe { ffi::RSMPI_MESSAGE_NULL };
    // SAFETY: all pointers are to values that live here.
    checked(unsafe {
        MPI_Improbe(
            from,
            tag,
            ffi::RSMPI_COMM_WORLD,
            &raw mut flag,
            &raw mut message,
            status.as_mut_ptr(),
        )
    })?;
    if flag == 0 {
        return Ok(None);
    }
    // SAFETY: MPI has written the status of the message that it found.
    let mut status = unsafe { status.assume_init() };
    let (from, tag) = (status.MPI_SOURCE, status.MPI_TAG);
    // SAFETY: a constant of MPI. Numbers are taken as bytes when a message is dropped.
    let kind = unsafe { ffi::RSMPI_UINT8_T };
    let count = counted(&status, kind)?;
    let before = bytes.len();
    bytes.resize(before + count, 0);
    let count_int = int(count)?;
    // SAFETY: there is room for as many bytes as the message has, and the message is the one that was found.
    checked(unsafe {
        MPI_Mrecv(
            bytes[before..].as_mut_ptr().cast(),
            count_int,
            kind,
            &raw mut message,
            &raw mut status,
        )
    })?;
    Ok(Some((from, tag, count)))
}

/// Whose turn it is to make calls of MPI.
pub trait Turn {
    /// While it is held, no other thread makes calls.
    type Held<'a>
    where
        Self: 'a;

    /// Waits for its turn.
    fn take(&self) -> Self::Held<'_>;

    /// Whether the process is to end, so that it waits for others no longer.
    fn is_ending(&self) -> bool;
}

/// Numbers that are on their way, in both directions, from and to slices that are borrowed.
///
/// It is to be dropped, not forgotten: that ends the loans. When it is dropped before all is done, the receipt is given up, and what is being sent is waited for: its receiver
/// drops it when it has come to the end of what failed.
#[derive(Debug)]
pub struct Swap<'a, T: Turn> {
    sends: Vec<MPI_Request>,
    /// With the numbers that there is room for.
    receipts: Vec<(MPI_Request, usize)>,
    turn: &'a T,
    slices: PhantomData<&'a mut [f32]>,
}

impl<'a, T: Turn> Swap<'a, T> {
    /// Begins to send, and to receive.
    pub fn start(
        send: Option<(usize, &'a [f32])>,
        receive: Option<(usize, &'a mut [f32])>,
        tag: c_int,
        turn: &'a T,
    ) -> Result<Self, String> {
        let mut own = Swap { sends: Vec::new(), receipts: Vec::new(), turn, slices: PhantomData };
        // Let go before an unfinished swap is dropped, which takes turns of its own.
        let _turn = turn.take();
        // SAFETY: a constant of MPI.
        let kind = unsafe { ffi::RSMPI_FLOAT };
        // What there is room for arrives without being kept elsewhere.
        if let Some((from, out)) = receive {
            let from = int(from)?;
            for (at, count) in pieces(out.len(), MOST / size_of::<f32>()) {
                let room = int(count)?;
                // SAFETY: a handle without a request, which MPI writes over.
                let mut request = unsafe { ffi::RSMPI_REQUEST_NULL };
                let place = out[at..at + count].as_mut_ptr().cast();
                // SAFETY: the slice is borrowed until all requests are done; no piece has a part of another one.
                checked(unsafe {
                    MPI_Irecv(place, room, kind, from, tag, ffi::RSMPI_COMM_WORLD, &raw mut request)
                })?;
                own.receipts.push((request, count));
            }
        }
        if let Some((to, numbers)) = send {
            for (at, count) in pieces(numbers.len(), MOST / size_of::<f32>()) {
                let place = numbers[at..at + count].as_ptr().cast();
                // SAFETY: the slice is borrowed until all requests are done.
                own.sends.push(unsafe { isend(place, count, kind, int(to)?, tag) }?);
            }
        }
        Ok(own)
    }

    /// Whether all has been sent and received. It fails if a message had another number of numbers.
    pub fn is_done(&mut self) -> Result<bool, String> {
        let _turn = self.turn.take();
        // SAFETY: a constant of MPI.
        let kind = unsafe { ffi::RSMPI_FLOAT };
        while let Some((request, room)) = self.receipts.last_mut() {
            let Some(status) = test(request)? else { return Ok(false) };
            let count = counted(&status, kind)?;
            let room = *room;
            self.receipts.pop();
            if count != room {
                return Err(format!("{count} numbers instead of {room}"));
            }
        }
        while let Some(request) = self.sends.last_mut() {
            if test(request)?.is_none() {
                return Ok(false);
            }
            self.sends.pop();
        }
        Ok(true)
    }
}

/// How long the end of a send is waited for by a process that is to end.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks.
const PAUSE: Duration = Duration::from_micros(100);

impl<T: Turn> Drop for Swap<'_, T> {
    fn drop(&mut self) {
        let receipts = std::mem::take(&mut self.receipts);
        let mut rest: Vec<MPI_Request> = receipts.into_iter().map(|(request, _)| request).collect();
        let first = self.turn.take();
        for request in &mut rest {
            // SAFETY: a receipt that is not done, or null, which MPI refuses: then there is nothing to give up.
            let _ = unsafe { MPI_Cancel(request) };
        }
        drop(first);
        rest.append(&mut self.sends);
        let began = Instant::now();
        loop {
            let turn = self.turn.take();
            // A request with an error is done: MPI does not use its numbers any more.
            rest.retain_mut(|request| matches!(test(request), Ok(None)));
            if rest.is_empty() {
                return;
            }
            if self.turn.is_ending() && began.elapsed() > PATIENCE {
                // The numbers cannot be given back while MPI may use them.
                abort();
            }
            drop(turn);
            std::thread::sleep(PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_piece_of_a_message_is_shorter_than_the_others() {
        let cut = |count| pieces(count, 4).collect::<Vec<_>>();
        assert_eq!(cut(0), [(0, 0)]);
        assert_eq!(cut(3), [(0, 3)]);
        assert_eq!(cut(4), [(0, 4), (4, 0)]);
        assert_eq!(cut(9), [(0, 4), (4, 4), (8, 1)]);
    }
}
