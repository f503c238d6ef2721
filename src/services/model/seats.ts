import { createQueue } from './queue.ts';

/** Which mind has which sequence of a loaded model. A sequence is taken by one mind at a time. */
export interface Seats<TMind> {
  /** Gives the mind a sequence that nobody has; null when there is none. Call it once for each mind, before it thinks. */
  enter(mind: TMind): number | null;
  /** The mind gives its sequence back. Call it when the mind does not think. */
  leave(mind: TMind): void;
  /**
   * Uses the mind's sequence; when another has taken it, one that nobody has, else the idle one that was used least
   * recently. When all are busy it waits in turn; null when the signal was aborted meanwhile.
   */
  take<T>(mind: TMind, use: (sequence: number) => Promise<T>, signal: AbortSignal): Promise<T | null>;
  /** The mind's sequence; null when another has it. */
  find(mind: TMind): number | null;
  /** Whether no mind has to take the sequence of another. */
  areEnough(): boolean;
}

interface Seat<TMind> {
  readonly sequence: number;
  mind: TMind | null;
  isBusy: boolean;
}

/** @param count at least 1 */
export function createSeats<TMind>(count: number): Seats<TMind> {
  const queue = createQueue(count);
  const minds = new Set<TMind>();
  // In the order of their last use.
  const seats = Array.from({ length: count }, (_, sequence): Seat<TMind> => ({ sequence, mind: null, isBusy: false }));

  function give(seat: Seat<TMind>, mind: TMind): void {
    seat.mind = mind;
    seats.splice(seats.indexOf(seat), 1);
    seats.push(seat);
  }

  const seatOf = (mind: TMind | null) => seats.find((seat) => seat.mind === mind);

  return {
    enter(mind) {
      minds.add(mind);
      const seat = seatOf(null);
      if (seat === undefined) return null;
      give(seat, mind);
      return seat.sequence;
    },
    leave(mind) {
      minds.delete(mind);
      const seat = seatOf(mind);
      if (seat !== undefined) seat.mind = null;
    },
    take: (mind, use, signal) =>
      queue.take(async () => {
        if (signal.aborted) return null;
        const seat = seatOf(mind) ?? seatOf(null) ?? seats.find(({ isBusy }) => !isBusy);
        if (seat === undefined) throw new Error('The queue let in more minds than there are sequences.');
        give(seat, mind);
        seat.isBusy = true;
        try {
          return await use(seat.sequence);
        } finally {
          seat.isBusy = false;
        }
      }, signal),
    find: (mind) => seatOf(mind)?.sequence ?? null,
    areEnough: () => minds.size <= count,
  };
}
