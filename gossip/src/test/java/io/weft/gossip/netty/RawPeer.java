package io.weft.gossip.netty;

import io.weft.gossip.EventTime;
import io.weft.gossip.wire.MeshAction;
import io.weft.gossip.wire.MeshConnection;
import io.weft.gossip.wire.MeshConnectionParameters;
import io.weft.gossip.wire.MeshProtocol;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Map;

/** A peer that shakes hands and then writes what it is told, also half a message. */
final class RawPeer implements AutoCloseable {
  private final Socket socket = new Socket();
  private boolean established;

  RawPeer(InetSocketAddress target) throws IOException {
    socket.connect(target);
    Map<String, String> features =
        Map.of(
            MeshProtocol.PEER_NAME_FLAVOUR,
            MeshProtocol.MAC_FLAVOUR,
            MeshProtocol.NAME,
            "02:00:00:00:00:02",
            MeshProtocol.NICK_NAME,
            "raw",
            MeshProtocol.UID,
            "2");
    MeshConnection connection =
        new MeshConnection(
            new MeshConnectionParameters(2, 2, null, remote -> features),
            true,
            (InetSocketAddress) socket.getLocalSocketAddress(),
            target,
            new EventTime(0, 0),
            new SecureRandom(),
            this::act);
    connection.start();
    byte[] bytes = new byte[4_096];
    while (!established) {
      int count = socket.getInputStream().read(bytes);
      if (count < 0) {
        throw new IOException("the node hung up");
      }
      connection.onBytes(ByteBuffer.wrap(bytes, 0, count));
    }
  }

  void write(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  private void act(MeshAction action) {
    if (action instanceof MeshAction.Send send) {
      try {
        write(send.bytes());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    established |= action instanceof MeshAction.Established;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
