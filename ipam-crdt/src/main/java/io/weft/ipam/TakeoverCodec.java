package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The bytes of {@link TakeoverMessage}, big endian (docs/protocol.md): version, kind, fields. Bytes
 * behind the fields are left to extensions.
 */
final class TakeoverCodec {
  /** Messages of another version are ignored. */
  static final byte VERSION = 1;

  private static final byte PRESENCE = 1;
  private static final byte PREPARE = 2;
  private static final byte PROMISE = 3;
  private static final byte ACCEPT = 4;
  private static final byte ACCEPTED = 5;
  private static final byte REFUSAL = 6;
  private static final byte DECIDED = 7;
  private static final int MAX_FIELD_BYTES = 64;

  private TakeoverCodec() {}

  static byte[] encode(TakeoverMessage message) {
    int names = message instanceof TakeoverMessage.Presence presence ? presence.peers().size() : 0;
    ByteBuffer out = ByteBuffer.allocate(MAX_FIELD_BYTES + names * PeerName.BYTES).put(VERSION);
    switch (message) {
      case TakeoverMessage.Presence m -> {
        out.put(PRESENCE).putShort((short) names);
        m.peers().forEach(peer -> put(out, peer));
        out.putInt(m.halfMinutes());
      }
      case TakeoverMessage.Prepare m ->
          put(out.put(PREPARE), m).putInt((int) m.epoch()).put((byte) (m.isAutomatic() ? 1 : 0));
      case TakeoverMessage.Promise m -> put(put(put(out.put(PROMISE), m), m.accepted()), m.taker());
      case TakeoverMessage.Accept m -> put(put(out.put(ACCEPT), m), m.taker());
      case TakeoverMessage.Accepted m -> put(out.put(ACCEPTED), m);
      case TakeoverMessage.Refusal m ->
          put(put(out.put(REFUSAL), m).put(m.reason().code()), m.promised());
      case TakeoverMessage.Decided m -> put(put(out.put(DECIDED), m), m.taker());
    }
    byte[] bytes = new byte[out.position()];
    out.flip().get(bytes);
    return bytes;
  }

  private static ByteBuffer put(ByteBuffer out, TakeoverMessage.About about) {
    return put(put(out, about.victim()), about.ballot());
  }

  private static ByteBuffer put(ByteBuffer out, Ballot ballot) {
    return put(out.putInt((int) ballot.round()), ballot.proposer());
  }

  private static ByteBuffer put(ByteBuffer out, PeerName peer) {
    return out.putShort((short) (peer.value() >>> Integer.SIZE)).putInt((int) peer.value());
  }

  /** Reads a message; nothing when it is of a version or a kind that we do not know, or damaged. */
  static Optional<TakeoverMessage> decode(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      return in.get() == VERSION ? read(in) : Optional.empty();
    } catch (BufferUnderflowException e) {
      return Optional.empty();
    }
  }

  private static Optional<TakeoverMessage> read(ByteBuffer in) {
    byte kind = in.get();
    if (kind == PRESENCE) {
      int count = in.getShort() & 0xffff;
      List<PeerName> peers = new ArrayList<>(Math.min(count, in.remaining()));
      for (int i = 0; i < count; i++) {
        peers.add(name(in));
      }
      int halfMinutes = in.remaining() < Integer.BYTES ? 0 : in.getInt();
      return Optional.of(new TakeoverMessage.Presence(peers, halfMinutes));
    }
    PeerName victim = name(in);
    Ballot ballot = ballot(in);
    return switch (kind) {
      case PREPARE ->
          Optional.of(
              new TakeoverMessage.Prepare(
                  victim, ballot, in.getInt() & IpamProtocol.MAX_VERSION, in.get() != 0));
      case PROMISE ->
          Optional.of(new TakeoverMessage.Promise(victim, ballot, ballot(in), name(in)));
      case ACCEPT -> Optional.of(new TakeoverMessage.Accept(victim, ballot, name(in)));
      case ACCEPTED -> Optional.of(new TakeoverMessage.Accepted(victim, ballot));
      case REFUSAL -> {
        Optional<TakeoverMessage.Reason> reason = TakeoverMessage.Reason.of(in.get());
        Ballot promised = ballot(in);
        yield reason.map(why -> new TakeoverMessage.Refusal(victim, ballot, why, promised));
      }
      case DECIDED -> Optional.of(new TakeoverMessage.Decided(victim, ballot, name(in)));
      default -> Optional.empty();
    };
  }

  private static Ballot ballot(ByteBuffer in) {
    return new Ballot(in.getInt() & IpamProtocol.MAX_VERSION, name(in));
  }

  private static PeerName name(ByteBuffer in) {
    long high = in.getShort() & 0xffffL;
    return new PeerName(high << Integer.SIZE | (in.getInt() & IpamProtocol.MAX_VERSION));
  }
}
