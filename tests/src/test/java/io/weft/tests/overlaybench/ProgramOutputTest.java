package io.weft.tests.overlaybench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

final class ProgramOutputTest {
  @Test
  void readsWhatArrivedOfTcpAndUdp() throws Exception {
    ProgramOutput.Tcp tcp =
        ProgramOutput.tcp(
            """
            {"end": {"sum_sent": {"bytes": 9, "bits_per_second": 9},
                     "sum_received": {"bytes": 250000000, "bits_per_second": 1.0e9}}}\
            """);
    assertEquals(new ProgramOutput.Tcp(1e9, 250e6), tcp);
    ProgramOutput.Udp udp =
        ProgramOutput.udp(
            """
            {"end": {"sum": {"seconds": 2.0, "packets": 1000, "lost_packets": 250}}}\
            """);
    assertEquals(375, udp.arrivedPerSecond());
    assertEquals(25, udp.lossPercent());
  }

  @Test
  void refusesAReportWithoutFigures() {
    String error = "{\"start\": {}, \"end\": {}, \"error\": \"the server is busy\"}";
    assertTrue(ProgramOutput.isError(error));
    assertFalse(ProgramOutput.isError("{\"end\": {}}"));
    String message =
        String.valueOf(
            assertThrows(IOException.class, () -> ProgramOutput.tcp(error)).getMessage());
    assertTrue(message.contains("the server is busy"), message);
    assertThrows(IOException.class, () -> ProgramOutput.tcp("{\"end\": {}}"));
    assertThrows(
        IOException.class,
        () ->
            ProgramOutput.udp(
                "{\"end\": {\"sum\": {\"seconds\": 2, \"packets\": 0, \"lost_packets\": 0}}}"));
  }

  @Test
  void readsRoundTripsAndTheirPercentiles() throws Exception {
    double[] times =
        ProgramOutput.roundTripMillis(
            """
            64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.300 ms
            64 bytes from 10.0.0.2: icmp_seq=2 ttl=64 time=0.1 ms
            64 bytes from 10.0.0.2: icmp_seq=4 ttl=64 time=12 ms
            rtt min/avg/max/mdev = 0.1/4.1/12.0/5.6 ms
            """);
    assertArrayEquals(new double[] {0.3, 0.1, 12}, times);
    assertEquals(0.3, Figures.percentile(times, 50));
    assertEquals(12, Figures.percentile(times, 99));
    assertThrows(IOException.class, () -> ProgramOutput.roundTripMillis("100% packet loss"));
  }

  @Test
  void readsTheAccountsOfTheKernel() {
    assertEquals(
        123 + 45,
        ProgramOutput.processTicks(
            "7 (a (strange) name) S 1 7 7 0 -1 4194560 5 6 7 8 123 45 1 2 20 0 3 0 99"));
    assertEquals(
        30 + 60 + 70, ProgramOutput.kernelTicks("cpu  10 20 30 40 50 60 70 0 0 0\ncpu0 1 2 3\n"));
    assertEquals(2048, ProgramOutput.residentKib("Name:\tx\nVmRSS:\t    2048 kB\nThreads:\t1\n"));
  }
}
