package io.weft.router.trace;

import io.weft.gossip.PeerName;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What routers say to each other (docs/protocol.md, "Traces"): a version, a kind, the number of the
 * question, and what belongs to the kind. Answers come from other hosts and are bounded.
 */
sealed interface TraceMessage {
  /** Most bytes of a message. */
  int MAX_BYTES = 4_096;

  /** Most lines of a hop, and characters of a line. */
  int MAX_LINES = 16;

  int MAX_LINE = 200;
  int VERSION = 1;

  /** The question that this is, or that it answers. */
  long id();

  /** Is this end attached to your host? */
  record Where(long id, String end) implements TraceMessage {}

  /** It is, or not. */
  record Here(long id, @Nullable Located located) implements TraceMessage {}

  /** What becomes of a frame of {@code source}'s host toward an address, at your host? */
  record What(
      long id, PeerName source, long mac, @Nullable PeerName last, @Nullable PeerName before)
      implements TraceMessage {}

  /** This. */
  record That(long id, Hop hop) implements TraceMessage {}

  /** The message as bytes. */
  @SuppressWarnings("EnumOrdinal") // The order of the verdicts is part of the format.
  default byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      switch (this) {
        case Where where -> {
          begin(out, 1);
          out.writeUTF(text(where.end()));
        }
        case Here here -> {
          begin(out, 2);
          Located located = here.located();
          out.writeBoolean(located != null);
          if (located != null) {
            out.writeLong(located.mac());
            out.writeUTF(text(located.address()));
            out.writeUTF(text(located.port()));
          }
        }
        case What what -> {
          begin(out, 3);
          out.writeLong(what.source().value());
          out.writeLong(what.mac());
          write(out, what.last());
          write(out, what.before());
        }
        case That that -> {
          begin(out, 4);
          out.writeByte(that.hop().verdict().ordinal());
          write(out, that.hop().next());
          write(out, that.hop().last());
          List<String> lines = that.hop().lines();
          out.writeByte(Math.min(lines.size(), MAX_LINES));
          for (String line : lines.subList(0, Math.min(lines.size(), MAX_LINES))) {
            out.writeUTF(text(line));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private void begin(DataOutputStream out, int kind) throws IOException {
    out.writeByte(kind);
    out.writeLong(id());
  }

  private static void write(DataOutputStream out, @Nullable PeerName peer) throws IOException {
    out.writeLong(peer == null ? 0 : peer.value());
  }

  /** Reads a message; empty for one that is malformed or of a kind or version not known. */
  static Optional<TraceMessage> decode(byte[] payload) {
    if (payload.length > MAX_BYTES) {
      return Optional.empty();
    }
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(payload))) {
      if (in.readByte() != VERSION) {
        return Optional.empty();
      }
      int kind = in.readByte();
      long id = in.readLong();
      return Optional.ofNullable(
          switch (kind) {
            case 1 -> new Where(id, text(in));
            case 2 ->
                new Here(id, in.readBoolean() ? new Located(name(in), text(in), text(in)) : null);
            case 3 -> new What(id, new PeerName(name(in)), name(in), peer(in), peer(in));
            case 4 -> new That(id, hop(in));
            default -> null;
          });
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @SuppressWarnings("EnumOrdinal") // As in encode().
  private static Hop hop(DataInputStream in) throws IOException {
    int verdict = in.readUnsignedByte();
    if (verdict >= Hop.Verdict.values().length) {
      throw new IOException("an unknown verdict");
    }
    PeerName next = peer(in);
    PeerName last = peer(in);
    int count = in.readUnsignedByte();
    if (count > MAX_LINES) {
      throw new IOException("too many lines");
    }
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      lines.add(text(in));
    }
    return new Hop(Hop.Verdict.values()[verdict], next, last, lines);
  }

  private static String text(DataInputStream in) throws IOException {
    String text = in.readUTF();
    if (text.length() > MAX_LINE) {
      throw new IOException("too long a text");
    }
    return text(text);
  }

  /** A text that a terminal can show, and of which each character is one byte. */
  private static String text(String any) {
    return any.substring(0, Math.min(any.length(), MAX_LINE)).replaceAll("[^\\p{Print}]", "?");
  }

  private static long name(DataInputStream in) throws IOException {
    long value = in.readLong();
    if (value >>> 48 != 0) {
      throw new IOException("more than six bytes of name");
    }
    return value;
  }

  private static @Nullable PeerName peer(DataInputStream in) throws IOException {
    long value = name(in);
    return value == 0 ? null : new PeerName(value);
  }
}
