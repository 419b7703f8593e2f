#pragma once
// Purpose: memory of large tensors is kept and given out again. A step asks for the same megabytes as the one before it:
// new pages cost more than what is done on them, and the C library's heap grows without end under large aligned blocks
// of changing size (glibc before 2.38).
// Blocks of 32 KB or more are rounded up to one of four sizes between powers of two and wait in a list of their size;
// smaller ones are the C library's. Memory: at most a quarter above the largest use of each size; nothing is returned before
// the process ends. Threads: any. Errors: std::bad_alloc.

namespace motive::nn {

/// From now on tensors on the processor are allocated so. Once or more often.
void pool_tensor_memory();

}  // namespace motive::nn
