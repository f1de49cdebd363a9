package io.weft.sleeve;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * Datagrams and the frames in them: read within their bounds, refused whole when they are not
 * authentic, and cut into pieces that add up to the packet they came from.
 */
public final class DatagramFuzzTarget {
  private static final int OVERLAY_MTU = 600;
  private static final byte[] KEY = Arrays.copyOf(new byte[] {1, 2, 3}, 32);

  private static final ByteBuffer ROOM = DatagramOpener.room();
  private static final Set<DatagramOpener> OPENERS =
      EnumSet.of(CipherLibrary.BOUNCY_CASTLE, CipherLibrary.best()).stream()
          .map(library -> new DatagramOpener(library, KEY, true, new byte[1 << 16]))
          .collect(Collectors.toUnmodifiableSet());

  private static final DatagramSealer SEALER =
      new DatagramSealer(CipherLibrary.best(), KEY, false, new byte[1 << 16]);
  private static final AtomicLong sealed = new AtomicLong();

  private DatagramFuzzTarget() {}

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length < SleeveProtocol.NAME_BYTES || input.length > 0xffff) {
      return;
    }
    ByteBuffer datagram = ByteBuffer.wrap(input);
    FrameList list = new FrameList();
    list.wrap(datagram, SleeveProtocol.NAME_BYTES, input.length);
    int frames = 0;
    int bytes = SleeveProtocol.NAME_BYTES;
    while (list.next()) {
      frames++;
      bytes += SleeveProtocol.FRAME_HEADER_BYTES + list.length();
      if (list.frame() + list.length() > input.length) {
        throw new AssertionError("a frame beyond the end of its datagram");
      }
      frame(datagram, list.frame(), list.length());
    }
    if (!list.isMalformed() && (frames == 0 || bytes != input.length)) {
      throw new AssertionError(
          "%d bytes in %d frames of %d".formatted(bytes, frames, input.length));
    }
    ByteBuffer direct = ByteBuffer.allocateDirect(input.length).put(0, input);
    for (DatagramOpener opener : OPENERS) {
      if (opener.open(direct, 0, input.length, ROOM) >= 0) {
        throw new AssertionError("somebody without the key has sealed a datagram");
      }
    }
    ControlMessages.verifiedMtu(input);
    sealAndOpen(input);
  }

  /** A neighbour that has the key seals whatever it likes; both libraries open the same. */
  private static void sealAndOpen(byte[] input) {
    int size = Sealing.ENCRYPTED.headerBytes() + input.length;
    if (size > SleeveProtocol.MAX_PAYLOAD_BYTES) {
      return;
    }
    long sequence = sealed.getAndIncrement();
    ByteBuffer datagram = ByteBuffer.allocateDirect(size);
    datagram.put(Sealing.ENCRYPTED.headerBytes(), input);
    SEALER.seal(datagram, 0, size, sequence);
    for (DatagramOpener opener : OPENERS) {
      int opened = opener.open(datagram, 0, size, ROOM);
      if (opened != input.length
          || ROOM.slice(DatagramOpener.FRAMES, opened).compareTo(ByteBuffer.wrap(input)) != 0) {
        throw new AssertionError(input.length + " bytes sealed, opened " + opened);
      }
      if (opener.open(datagram, 0, size, ROOM) != DatagramOpener.REPLAYED) {
        throw new AssertionError("opened twice");
      }
    }
  }

  private static void frame(ByteBuffer buffer, int frame, int length) {
    if (length < SleeveProtocol.ETHERNET_BYTES) {
      return;
    }
    if (SpecialFrame.isSpecial(buffer, frame)) {
      SpecialFrame kind = SpecialFrame.of(buffer, frame, length);
      if (kind == SpecialFrame.HEARTBEAT) {
        SpecialFrame.connectionUid(buffer, frame);
      }
    } else if (Ipv4.isIpv4(buffer, frame, length)) {
      fragments(buffer, frame);
      ByteBuffer answer = ByteBuffer.allocate(FragmentationNeeded.MAX_BYTES);
      int built = FragmentationNeeded.build(buffer, frame, OVERLAY_MTU, answer);
      if (built > answer.capacity()) {
        throw new AssertionError("an answer of " + built + " bytes");
      }
    }
  }

  private static void fragments(ByteBuffer buffer, int frame) {
    Ipv4Fragments pieces = new Ipv4Fragments();
    if (!pieces.begin(buffer, frame, OVERLAY_MTU)) {
      return;
    }
    int payload = 0;
    int length = pieces.next();
    while (length > 0) {
      if (!Ipv4.isIpv4(pieces.buffer(), 0, length)
          || Ipv4.totalLength(pieces.buffer(), 0) > OVERLAY_MTU) {
        throw new AssertionError("a piece that is no packet for the path");
      }
      payload += Ipv4.totalLength(pieces.buffer(), 0) - Ipv4.headerBytes(pieces.buffer(), 0);
      length = pieces.next();
    }
    int whole = Ipv4.totalLength(buffer, frame) - Ipv4.headerBytes(buffer, frame);
    if (payload != whole) {
      throw new AssertionError("%d bytes became %d".formatted(whole, payload));
    }
  }
}
