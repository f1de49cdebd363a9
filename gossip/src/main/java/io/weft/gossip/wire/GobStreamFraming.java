package io.weft.gossip.wire;

import io.weft.gossip.gob.GobException;
import io.weft.gossip.gob.GobReader;
import io.weft.gossip.gob.GobType;
import io.weft.gossip.gob.GobValue;
import io.weft.gossip.gob.GobWriter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Version 1: one gob stream per direction for the whole connection (mesh.md 1.5). */
final class GobStreamFraming implements Framing {
  private static final byte[] NOTHING = new byte[0];

  private final GobWriter writer = new GobWriter();
  private final GobReader reader = new GobReader(NOTHING);

  @Override
  public byte[] frameFeatures(Map<String, String> features, Sealing sealing) {
    return writer.write(FeatureMap.TYPE, FeatureMap.toGob(features)).take();
  }

  @Override
  public @Nullable Map<String, String> takeFeatures(Inbox inbox, Sealing sealing)
      throws MeshFaultException, GobException {
    GobValue value = take(inbox, FeatureMap.TYPE, MeshProtocol.MAX_FEATURES_BYTES);
    return value == null ? null : FeatureMap.fromGob(value);
  }

  @Override
  public byte[] frameMessage(MeshMessage message, Sealing sealing) throws MeshFaultException {
    byte[] body = MessageCodec.encode(message, sealing.overhead());
    Framing.checkSize("outgoing", body.length, MeshProtocol.MAX_MESSAGE_BYTES);
    sealing.seal(body, 0, body.length);
    return writer.writeBytes(body).take();
  }

  @Override
  public @Nullable MeshMessage takeMessage(Inbox inbox, Sealing sealing)
      throws MeshFaultException, GobException {
    if (!(take(inbox, GobType.BYTES, MeshProtocol.MAX_MESSAGE_BYTES)
        instanceof GobValue.Bytes bytes)) {
      return null;
    }
    byte[] body = bytes.value();
    int plain = sealing.open(body, 0, body.length);
    return MessageCodec.decode(body, plain, body.length - plain);
  }

  @Override
  public int awaited(Inbox inbox) {
    try {
      int size = messageSize(inbox, MeshProtocol.MAX_MESSAGE_BYTES);
      return inbox.available() < size ? size : 0;
    } catch (MeshFaultException e) {
      // Reading says so.
      return 0;
    }
  }

  /** Reads messages of the stream until one is a value; null when more bytes are needed. */
  private @Nullable GobValue take(Inbox inbox, GobType type, int limit)
      throws MeshFaultException, GobException {
    while (true) {
      int size = messageSize(inbox, limit);
      if (size < 0 || inbox.available() < size) {
        return null;
      }
      reader.continueWith(inbox.data(), inbox.position(), size);
      GobValue value = reader.readMessage(type);
      inbox.skip(size);
      // Nothing of it is needed any more, and it may be large.
      reader.continueWith(NOTHING, 0, 0);
      if (value != null) {
        return value;
      }
    }
  }

  /** Bytes of the message that begins the inbox, its length included; -1 when not known yet. */
  private static int messageSize(Inbox inbox, int limit) throws MeshFaultException {
    if (inbox.available() == 0) {
      return -1;
    }
    int first = inbox.at(0);
    if (first < 0x80) {
      return 1 + first;
    }
    int lengthBytes = 0x100 - first;
    if (lengthBytes > Long.BYTES) {
      throw new MeshFaultException(CloseCause.MESSAGE, "gob: length of " + lengthBytes + " bytes");
    }
    if (inbox.available() <= lengthBytes) {
      return -1;
    }
    long length = 0;
    for (int i = 1; i <= lengthBytes; i++) {
      length = (length << 8) | inbox.at(i);
    }
    // The type id, the marker and the length of the byte string come on top of the message.
    Framing.checkSize("incoming", length, limit + 16);
    return 1 + lengthBytes + (int) length;
  }
}
