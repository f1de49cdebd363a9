package io.weft.router.state;

import io.weft.gossip.PeerName;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The bytes of a state, big endian. As a file of its own it is version 1 of the format.
 *
 * <pre>
 *   "WEFT" | version u16 | { type u8 | length u32 | body } ... | CRC-32C u32 of all before it
 *   type 1: peer name, 6 bytes    type 2: allocator, its own encoding
 *   type 3: one target, UTF-8, repeated
 * </pre>
 */
final class StoredStateCodec {
  static final int FORMAT_VERSION = 1;

  private static final int MAGIC = 0x57454654;
  private static final int HEADER_BYTES = 6;
  private static final int CRC_BYTES = 4;
  private static final int PEER_NAME = 1;
  private static final int IPAM = 2;
  private static final int TARGET = 3;

  private StoredStateCodec() {}

  static byte[] encode(StoredState state) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(MAGIC);
      out.writeShort(FORMAT_VERSION);
      PeerName name = state.peerName();
      if (name != null) {
        byte[] body = ByteBuffer.allocate(Long.BYTES).putLong(name.value()).array();
        out.writeByte(PEER_NAME);
        out.writeInt(PeerName.BYTES);
        out.write(body, Long.BYTES - PeerName.BYTES, PeerName.BYTES);
      }
      byte[] ipam = state.ipam();
      if (ipam != null) {
        section(out, IPAM, ipam);
      }
      for (String target : state.targets()) {
        section(out, TARGET, target.getBytes(StandardCharsets.UTF_8));
      }
      out.writeInt(checksum(bytes.toByteArray(), bytes.size()));
    } catch (IOException e) {
      throw new UncheckedIOException("memory took no bytes", e);
    }
    return bytes.toByteArray();
  }

  private static void section(DataOutputStream out, int type, byte[] body) throws IOException {
    out.writeByte(type);
    out.writeInt(body.length);
    out.write(body);
  }

  /**
   * Reads what {@link #encode} wrote, or the latest of that in a file of {@link StateSlots}.
   *
   * @throws StateException when it is not that; the message lacks the file's name
   */
  static StoredState decode(byte[] bytes) throws StateException {
    if (bytes.length < HEADER_BYTES + CRC_BYTES) {
      throw new StateException("%d bytes are too few".formatted(bytes.length));
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (in.getInt() != MAGIC) {
      throw new StateException("it is no state file of this program");
    }
    int version = in.getShort() & 0xffff;
    return switch (version) {
      case FORMAT_VERSION -> decodeSingle(bytes, in);
      case StateSlots.FORMAT_VERSION -> decodeLatest(bytes);
      default ->
          throw new StateException(
              "it has format version %d, this program reads up to %d"
                  .formatted(version, StateSlots.FORMAT_VERSION));
    };
  }

  private static StoredState decodeLatest(byte[] file) throws StateException {
    byte[] latest = StateSlots.latest(file);
    if (latest.length < HEADER_BYTES + CRC_BYTES) {
      throw new StateException("a state of %d bytes is too short".formatted(latest.length));
    }
    ByteBuffer in = ByteBuffer.wrap(latest);
    if (in.getInt() != MAGIC || in.getShort() != FORMAT_VERSION) {
      throw new StateException("its latest state does not begin like one");
    }
    return decodeSingle(latest, in);
  }

  private static StoredState decodeSingle(byte[] bytes, ByteBuffer in) throws StateException {
    int bodyEnd = bytes.length - CRC_BYTES;
    if (in.getInt(bodyEnd) != checksum(bytes, bodyEnd)) {
      throw new StateException("its checksum does not match");
    }
    in.limit(bodyEnd);
    try {
      return decodeSections(in);
    } catch (BufferUnderflowException | IllegalArgumentException | CharacterCodingException e) {
      throw new StateException("its sections do not add up: " + e, e);
    }
  }

  private static StoredState decodeSections(ByteBuffer in)
      throws StateException, CharacterCodingException {
    StoredState state = StoredState.EMPTY;
    List<String> targets = new ArrayList<>();
    while (in.hasRemaining()) {
      int type = in.get();
      int length = in.getInt();
      if (length < 0 || length > in.remaining()) {
        throw new StateException("a section of %d bytes does not fit".formatted(length));
      }
      ByteBuffer body = in.slice(in.position(), length);
      in.position(in.position() + length);
      switch (type) {
        case PEER_NAME -> state = state.withPeerName(peerName(body));
        case IPAM -> state = state.withIpam(bytesOf(body));
        case TARGET -> targets.add(StandardCharsets.UTF_8.newDecoder().decode(body).toString());
        default -> throw new StateException("it has a section of unknown type " + type);
      }
    }
    return state.withTargets(targets);
  }

  private static PeerName peerName(ByteBuffer body) throws StateException {
    if (body.remaining() != PeerName.BYTES) {
      throw new StateException("its peer name has %d bytes".formatted(body.remaining()));
    }
    return PeerName.ofBytes(bytesOf(body), 0);
  }

  private static byte[] bytesOf(ByteBuffer body) {
    byte[] bytes = new byte[body.remaining()];
    body.get(bytes);
    return bytes;
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
