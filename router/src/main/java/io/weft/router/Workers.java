package io.weft.router;

import io.weft.gossip.overlay.Lanes;
import io.weft.router.options.RouterOptions;

/**
 * How many threads move frames in user space.
 *
 * @param count workers, 1 to {@link Lanes#MAX_WORKERS}
 * @param together one thread of a worker both captures and receives, instead of one each
 */
record Workers(int count, boolean together) {
  /**
   * Our choice: with so few processors one thread both captures and receives, which spares a round
   * trip a wake-up at either end; with more, both directions may carry at once.
   */
  private static final int PROCESSORS_SHARED = 2;

  /** Our choice: with more by default, containers would miss the processors. */
  private static final int DEFAULT_MAX = 4;

  /** What the options say, or else what suits the processors that this process may use. */
  static Workers of(RouterOptions options) {
    return of(options.workers(), Runtime.getRuntime().availableProcessors());
  }

  /**
   * The same.
   *
   * @param asked workers asked for, 0 to go by the processors
   */
  static Workers of(int asked, int processors) {
    boolean together = processors <= PROCESSORS_SHARED;
    int count = together ? 1 : Math.min(processors / 2, DEFAULT_MAX);
    return new Workers(asked == 0 ? count : asked, together);
  }
}
