package io.weft.tests.overlaybench;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What one path did in one round, or the medians of several.
 *
 * @param tcp1Mbps payload of one TCP stream as it arrives, in Mb/s
 * @param tcp4Mbps the same of four streams together
 * @param udp64Kpps UDP in IP packets of 64 bytes that arrive, in thousands a second
 * @param udp1400Mbps UDP payload in IP packets of 1400 bytes that arrives, in Mb/s
 * @param lossPercent of these packets, sent as fast as the sender can
 * @param pingP50Millis round-trip time that half of the requests take at most
 * @param pingP99Millis the same of 99 in 100
 * @param cpuSecondsPerGb processor time per 10^9 bytes of one TCP stream: of the daemons on both
 *     hosts or, where there are none, of the kernel on the whole machine
 * @param rssMb resident memory of these daemons together, in 2^20 bytes
 */
record Figures(
    double tcp1Mbps,
    double tcp4Mbps,
    double udp64Kpps,
    double udp1400Mbps,
    double lossPercent,
    double pingP50Millis,
    double pingP99Millis,
    double cpuSecondsPerGb,
    double rssMb) {

  /** The median of each figure by itself. */
  static Figures medians(List<Figures> rounds) {
    return new Figures(
        median(rounds, Figures::tcp1Mbps),
        median(rounds, Figures::tcp4Mbps),
        median(rounds, Figures::udp64Kpps),
        median(rounds, Figures::udp1400Mbps),
        median(rounds, Figures::lossPercent),
        median(rounds, Figures::pingP50Millis),
        median(rounds, Figures::pingP99Millis),
        median(rounds, Figures::cpuSecondsPerGb),
        median(rounds, Figures::rssMb));
  }

  private static double median(List<Figures> rounds, ToDoubleFunction<Figures> figure) {
    double[] sorted = rounds.stream().mapToDouble(figure).sorted().toArray();
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  /** The smallest value that so many per cent of the values do not exceed. */
  static double percentile(double[] values, int percent) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int rank = (int) Math.ceil(percent / 100.0 * sorted.length);
    return sorted[Math.max(rank, 1) - 1];
  }
}
