package io.weft.gossip.wire;

import io.weft.gossip.gob.GobException;
import io.weft.gossip.gob.GobReader;
import io.weft.gossip.gob.GobWriter;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Version 2: a length in front of each message (mesh.md 3). */
final class LengthFraming implements Framing {
  @Override
  public byte[] frameFeatures(Map<String, String> features, Sealing sealing)
      throws MeshFaultException {
    byte[] gob = new GobWriter().write(FeatureMap.TYPE, FeatureMap.toGob(features)).toBytes();
    return frameMessage(gob, sealing);
  }

  @Override
  public @Nullable Map<String, String> takeFeatures(Inbox inbox, Sealing sealing)
      throws MeshFaultException, GobException {
    byte[] body = take(inbox, MeshProtocol.MAX_FEATURES_BYTES);
    if (body == null) {
      return null;
    }
    return FeatureMap.fromGob(new GobReader(sealing.open(body)).read(FeatureMap.TYPE));
  }

  @Override
  public byte[] frameMessage(byte[] message, Sealing sealing) throws MeshFaultException {
    int size = message.length + sealing.overhead();
    Framing.checkSize("outgoing", size, MeshProtocol.MAX_MESSAGE_BYTES);
    byte[] frame = new byte[MeshProtocol.LENGTH_BYTES + size];
    ByteBuffer.wrap(frame).putInt(size);
    sealing.seal(message, frame, MeshProtocol.LENGTH_BYTES);
    return frame;
  }

  @Override
  public byte @Nullable [] takeMessage(Inbox inbox, Sealing sealing) throws MeshFaultException {
    byte[] body = take(inbox, MeshProtocol.MAX_MESSAGE_BYTES);
    return body == null ? null : sealing.open(body);
  }

  @Override
  public int awaited(Inbox inbox) {
    if (inbox.available() < MeshProtocol.LENGTH_BYTES) {
      return 0;
    }
    long size = size(inbox);
    if (size > MeshProtocol.MAX_MESSAGE_BYTES) {
      // Reading says so.
      return 0;
    }
    long whole = MeshProtocol.LENGTH_BYTES + size;
    return inbox.available() < whole ? (int) whole : 0;
  }

  private static long size(Inbox inbox) {
    long size = 0;
    for (int i = 0; i < MeshProtocol.LENGTH_BYTES; i++) {
      size = (size << 8) | inbox.at(i);
    }
    return size;
  }

  private static byte @Nullable [] take(Inbox inbox, int limit) throws MeshFaultException {
    if (inbox.available() < MeshProtocol.LENGTH_BYTES) {
      return null;
    }
    long size = size(inbox);
    Framing.checkSize("incoming", size, limit);
    if (inbox.available() < MeshProtocol.LENGTH_BYTES + size) {
      return null;
    }
    inbox.skip(MeshProtocol.LENGTH_BYTES);
    return inbox.take((int) size);
  }
}
