//! Flushing denormal numbers to zero while a network trains.
//!
//! Numbers below 2^-126 cost a hundred cycles each on many processors. Closed gates and decayed optimizer states are
//! full of them, and training would slow down more and more.

use crate::threads;

/// Runs `work` with denormals flushed to zero on every worker and on the calling thread.
pub fn flush_denormals<R>(work: impl FnOnce() -> R) -> R {
    threads::on_every_thread(|| set_flush(true));
    let _restored_even_if_work_panics = Restore;
    work()
}

struct Restore;

impl Drop for Restore {
    fn drop(&mut self) {
        threads::on_every_thread(|| set_flush(false));
    }
}

#[cfg(target_arch = "x86_64")]
fn set_flush(on: bool) {
    const FLUSH_TO_ZERO: u32 = 1 << 15;
    const DENORMALS_ARE_ZERO: u32 = 1 << 6;
    const BOTH: u32 = FLUSH_TO_ZERO | DENORMALS_ARE_ZERO;
    let mut control = 0u32;
    // SAFETY: reads and writes this thread's SSE control register (every x86-64 processor has it); only the two bits
    // about denormals change, on which no Rust code relies for soundness.
    unsafe {
        std::arch::asm!("stmxcsr [{}]", in(reg) &mut control, options(nostack));
        control = if on { control | BOTH } else { control & !BOTH };
        std::arch::asm!("ldmxcsr [{}]", in(reg) &control, options(nostack, readonly));
    }
}

#[cfg(target_arch = "aarch64")]
fn set_flush(on: bool) {
    const FLUSH_TO_ZERO: u64 = 1 << 24;
    let mut control: u64;
    // SAFETY: reads and writes this thread's floating-point control register; only the bit about denormals changes, on
    // which no Rust code relies for soundness.
    unsafe {
        std::arch::asm!("mrs {}, fpcr", out(reg) control, options(nomem, nostack));
        control = if on { control | FLUSH_TO_ZERO } else { control & !FLUSH_TO_ZERO };
        std::arch::asm!("msr fpcr, {}", in(reg) control, options(nomem, nostack));
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn set_flush(_on: bool) {}

#[cfg(all(test, any(target_arch = "x86_64", target_arch = "aarch64")))]
mod tests {
    use super::*;
    use std::hint::black_box;

    #[test]
    fn denormals_are_zero_inside_and_themselves_outside() {
        let halved = || black_box(f32::MIN_POSITIVE) * black_box(0.5);
        assert_eq!(flush_denormals(halved), 0.0);
        assert_eq!(halved(), f32::MIN_POSITIVE / 2.0);
    }
}
