package io.weft.sleeve.v2;

import io.weft.gossip.overlay.Lanes;
import io.weft.sleeve.LaneCounters;

/** What one lane reuses from aggregate to aggregate, whatever the connection. */
final class SealingLane {
  private final int number;
  private final int worker;
  private final LaneCounters<Sleeve2Counter> counters;
  private final DatagramTrain train;
  private final AggregateCipher cipher = new AggregateCipher();
  private final SuperFrameCutter cutter = new SuperFrameCutter();
  private final byte[] sealed = new byte[Sleeve2Protocol.MAX_SEALED_BYTES];
  private final byte[] header = new byte[Sleeve2Protocol.HEADER_BYTES];

  SealingLane(int number, LaneCounters<Sleeve2Counter> counters) {
    this.number = number;
    worker = Lanes.worker(number);
    this.counters = counters;
    train = new DatagramTrain(number, counters);
  }

  int number() {
    return number;
  }

  int worker() {
    return worker;
  }

  LaneCounters<Sleeve2Counter> counters() {
    return counters;
  }

  DatagramTrain train() {
    return train;
  }

  AggregateCipher cipher() {
    return cipher;
  }

  SuperFrameCutter cutter() {
    return cutter;
  }

  /** Room for a sealed aggregate. */
  byte[] sealed() {
    return sealed;
  }

  /** Room for the header of a datagram. */
  byte[] header() {
    return header;
  }
}
