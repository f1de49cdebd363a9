package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.gossip.overlay.Offload;
import io.weft.sleeve.InternetChecksum;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the kernels of virtual hosts leave to each other. */
final class UnfinishedFrameTest {
  private static final int MTU = 1376;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int TCP_CHECKSUM = 16;
  private static final int UDP_CHECKSUM = 6;

  /** Where frames begin in the buffer: not at its start, as in a vector of them. */
  private static final int AT = 8;

  private final ByteBuffer buffer = ByteBuffer.allocateDirect(70_000);

  @ParameterizedTest
  @CsvSource({"4,6,0", "4,6,100", "4,17,9", "6,6,1300", "6,17,1"})
  void aFrameWithTheSumOfItsPseudoHeaderAloneIsToBeCompleted(
      int version, int protocol, int payload) {
    int length = frame(version, protocol, payload, 1);
    int start = length - payload - headerBytes(protocol);
    int field = protocol == TCP ? TCP_CHECKSUM : UDP_CHECKSUM;
    long offload = Offload.checksum(start, field);
    assertEquals(offload, UnfinishedFrame.offload(buffer, AT, length, MTU));
    InternetChecksum.complete(buffer, AT, length, offload);
    assertEquals(
        Offload.NONE, UnfinishedFrame.offload(buffer, AT, length, MTU), "then it is whole");
  }

  @Test
  void ofManyWholeFramesNoneIsTakenForUnfinished() {
    for (int seed = 0; seed < 20_000; seed++) {
      int protocol = seed % 2 == 0 ? TCP : UDP;
      int payload = seed % 97;
      int length = frame(seed % 3 == 0 ? 6 : 4, protocol, payload, seed);
      int start = length - payload - headerBytes(protocol);
      int field = protocol == TCP ? TCP_CHECKSUM : UDP_CHECKSUM;
      InternetChecksum.complete(buffer, AT, length, Offload.checksum(start, field));
      assertEquals(Offload.NONE, UnfinishedFrame.offload(buffer, AT, length, MTU), "seed " + seed);
    }
  }

  @ParameterizedTest
  @CsvSource({"4,1", "6,4"})
  void aSuperFrameIsCutToWhatContainersTake(int version, int type) {
    int network = version == 4 ? 20 : 40;
    int length = frame(version, TCP, 20_000, 3);
    long expected = Offload.of(type, MTU - network - 20, 14 + network, TCP_CHECKSUM);
    assertEquals(expected, UnfinishedFrame.offload(buffer, AT, length, MTU));
  }

  @Test
  void datagramsInOneFrameCannotBePartedAsNobodyKnowsTheirLength() {
    int length = frame(4, UDP, 20_000, 3);
    assertEquals(UnfinishedFrame.UNKNOWN, UnfinishedFrame.offload(buffer, AT, length, MTU));
  }

  @Test
  void framesThatLieAboutTheirLengthsAreLeftAlone() {
    int length = frame(4, TCP, 100, 5);
    for (int cut = 14; cut < length; cut++) {
      assertEquals(Offload.NONE, UnfinishedFrame.offload(buffer, AT, cut, MTU), "cut to " + cut);
    }
    buffer.put(AT + 14, (byte) 0x41);
    assertEquals(Offload.NONE, UnfinishedFrame.offload(buffer, AT, length, MTU), "short header");
    Random random = new Random(11);
    for (int times = 0; times < 20_000; times++) {
      frame(times % 2 == 0 ? 4 : 6, TCP, 60, times);
      buffer.put(AT + 14 + random.nextInt(40), (byte) random.nextInt());
      int cut = 14 + random.nextInt(100);
      long offload = UnfinishedFrame.offload(buffer, AT, cut, MTU);
      if (offload != Offload.NONE && offload != UnfinishedFrame.UNKNOWN) {
        int end = Offload.checksumStart(offload) + Offload.checksumOffset(offload) + 2;
        assertEquals(true, end <= cut, "within the frame, seed 11, time " + times);
      }
    }
  }

  /** Writes a frame whose checksum is left out; returns its length. */
  private int frame(int version, int protocol, int payload, long seed) {
    Random random = new Random(seed);
    int network = version == 4 ? 20 : 40;
    int bytes = headerBytes(protocol) + payload;
    int length = 14 + network + bytes;
    byte[] content = new byte[length];
    random.nextBytes(content);
    buffer.put(AT, content);
    int ip = AT + 14;
    long sum;
    if (version == 4) {
      buffer.putShort(AT + 12, (short) 0x0800);
      buffer.put(ip, (byte) 0x45);
      buffer.putShort(ip + 2, (short) (network + bytes));
      buffer.putShort(ip + 6, (short) 0x4000);
      buffer.put(ip + 9, (byte) protocol);
      sum = InternetChecksum.sum(buffer, ip + 12, 8);
    } else {
      buffer.putShort(AT + 12, (short) 0x86dd);
      buffer.put(ip, (byte) 0x60);
      buffer.putShort(ip + 4, (short) bytes);
      buffer.put(ip + 6, (byte) protocol);
      sum = InternetChecksum.sum(buffer, ip + 8, 32);
    }
    int transport = ip + network;
    if (protocol == TCP) {
      buffer.put(transport + 12, (byte) 0x50);
    } else {
      buffer.putShort(transport + 4, (short) bytes);
    }
    int field = protocol == TCP ? TCP_CHECKSUM : UDP_CHECKSUM;
    buffer.putShort(transport + field, (short) InternetChecksum.fold(sum + protocol + bytes));
    return length;
  }

  private static int headerBytes(int protocol) {
    return protocol == TCP ? 20 : 8;
  }
}
