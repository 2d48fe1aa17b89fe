/**
 * The words by which threads agree on who runs which part: 32-bit integers in shared memory, changed by atomic operations.
 *
 * A job is a step in parts. Parts have tickets, which go on from job to job and are claimed in order, by the caller and by
 * threads, with a compare-and-exchange of `next`; whoever has claimed one runs it and says so in `done`. Nobody waits for a
 * thread that has claimed nothing, so one that is not there, or comes late, costs time and changes nothing.
 * Law: a ticket is claimed once, whatever a late thread has read before, as none comes back; and what describes a job is
 * written before its first ticket is there, and stays until its last part is done.
 */

/** Threads of one job at most, the caller's included. */
export const mostThreads = 64

/** Places of a ring of staged parts: claimed parts are fewer than this apart. */
export const ringOf = (threads: number): number => 4 * threads + 8

export const word = {
  /** The next ticket to be claimed, the one behind those that may be, and the job's first. */
  next: 0, ready: 1, first: 13,
  /** Rung when there is something to do, and how many threads wait for it. */
  bell: 2, asleep: 3,
  /** The job, one word after another: kernel, its part function, address of the memory, units of a part, units in all, places of the ring, threads, whether places own memory (else threads do). */
  kernel: 4, part: 5, base: 6, length: 7, units: 8, places: 9, threads: 10, ring: 11,
  /** For each place of the ring: 2 (part + 1) when done, and 1 more where the thread could not. */
  done: 16,
  /** For each thread: messages sent to it. */
  mail: 16 + ringOf(mostThreads),
  /** Parts that threads have run. */
  ran: 12,
} as const

export const words: number = word.mail + mostThreads
