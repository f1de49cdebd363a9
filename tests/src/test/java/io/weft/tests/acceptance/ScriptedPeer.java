package io.weft.tests.acceptance;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.wire.MeshAction;
import io.weft.gossip.wire.MeshConnection;
import io.weft.gossip.wire.MeshConnectionParameters;
import io.weft.gossip.wire.MeshMessage;
import io.weft.gossip.wire.MeshProtocol;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A neighbour that shakes hands and sends heartbeats as a router does ({@link #beat}) and otherwise
 * says what a test wants. What it is told it reads and forgets. Its sockets belong to the namespace
 * in which it was made.
 */
final class ScriptedPeer implements AutoCloseable {
  private static final int CONNECT_TIMEOUT_MILLIS = 20_000;
  private static final int HANDSHAKE_SECONDS = 60;
  private static final int READ_BYTES = 16 * 1024;
  private static final int ETHERNET_BYTES = 14;
  private static final int HEARTBEAT_BYTES = ETHERNET_BYTES + Long.BYTES;

  /** Says that the router's heartbeats arrive. */
  private static final int CONTROL_ESTABLISHED = 1;

  private final Socket socket;
  private final DatagramSocket datagrams;
  private final PeerName name;
  private final MeshConnection connection;
  private final EventTime time = new EventTime(System.nanoTime(), System.currentTimeMillis());
  private final CountDownLatch established = new CountDownLatch(1);

  /** Held by whoever writes; heartbeats are left out meanwhile. */
  private final ReentrantLock writing = new ReentrantLock();

  private volatile PeerName router = PeerName.UNKNOWN;
  private volatile long connectionUid;
  private volatile boolean inMessage;
  private volatile boolean ended;

  private ScriptedPeer(Socket socket, DatagramSocket datagrams, PeerName name) {
    this.socket = socket;
    this.datagrams = datagrams;
    this.name = name;
    Map<String, String> features =
        Map.of(
            MeshProtocol.PEER_NAME_FLAVOUR,
            MeshProtocol.MAC_FLAVOUR,
            MeshProtocol.NAME,
            name.toString(),
            MeshProtocol.NICK_NAME,
            "scripted",
            MeshProtocol.UID,
            "1",
            MeshProtocol.OVERLAYS,
            "sleeve");
    connection =
        new MeshConnection(
            new MeshConnectionParameters(2, 2, null, remote -> features),
            true,
            (InetSocketAddress) socket.getLocalSocketAddress(),
            (InetSocketAddress) socket.getRemoteSocketAddress(),
            time,
            new SplittableRandom(name.value()),
            this::onAction);
  }

  /** Connects from one of this namespace's addresses and waits for the end of the handshake. */
  static ScriptedPeer connect(String from, String to, PeerName name) throws IOException {
    Socket socket = new Socket();
    socket.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
    socket.connect(
        new InetSocketAddress(InetAddress.ofLiteral(to), MeshProtocol.DEFAULT_PORT),
        CONNECT_TIMEOUT_MILLIS);
    DatagramSocket datagrams = new DatagramSocket(0, InetAddress.ofLiteral(from));
    datagrams.connect(socket.getRemoteSocketAddress());
    ScriptedPeer peer = new ScriptedPeer(socket, datagrams, name);
    peer.locked(peer.connection::start);
    Thread.ofVirtual().start(peer::read);
    try {
      if (!peer.established.await(HANDSHAKE_SECONDS, TimeUnit.SECONDS) || peer.ended) {
        peer.close();
        throw new IOException("no handshake of " + name + " from " + from);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      peer.close();
      throw new IOException("interrupted in the handshake of " + name, e);
    }
    return peer;
  }

  PeerName name() {
    return name;
  }

  /** Whether the router has hung up. */
  boolean isEnded() {
    return ended;
  }

  /** Sends state on a channel, as far as the router takes it; false when it has hung up. */
  boolean gossip(String channel, byte[] payload) {
    locked(() -> connection.send(new MeshMessage.Gossip(channel, name, payload)));
    return !ended;
  }

  /** Sends bytes as they are, and no heartbeat any more; false when the router has hung up. */
  boolean raw(byte[] bytes) {
    inMessage = true;
    locked(() -> write(bytes));
    return !ended;
  }

  /** Keeps the connection alive, by datagram and, when nothing else is being sent, by message. */
  void beat() {
    ByteBuffer datagram =
        ByteBuffer.allocate(3 * PeerName.BYTES + Short.BYTES + HEARTBEAT_BYTES)
            .put(name.toBytes())
            .put(name.toBytes())
            .put(router.toBytes())
            .putShort((short) HEARTBEAT_BYTES)
            .put(new byte[ETHERNET_BYTES])
            .putLong(connectionUid);
    try {
      datagrams.send(new DatagramPacket(datagram.array(), datagram.position()));
    } catch (IOException lost) {
      // As datagrams are; the next one follows.
    }
    if (!inMessage && writing.tryLock()) {
      try {
        connection.send(new MeshMessage.Heartbeat());
        connection.send(new MeshMessage.OverlayControl(0, CONTROL_ESTABLISHED, new byte[0]));
      } finally {
        writing.unlock();
      }
    }
  }

  private void locked(Runnable action) {
    writing.lock();
    try {
      action.run();
    } finally {
      writing.unlock();
    }
  }

  private void onAction(MeshAction action) {
    switch (action) {
      case MeshAction.Send send -> write(send.bytes());
      case MeshAction.Established done -> {
        router = done.handshaken().features().name();
        connectionUid = done.handshaken().connectionUid();
        established.countDown();
      }
      case MeshAction.Deliver delivered -> {}
      case MeshAction.Close closed -> end();
    }
  }

  private void write(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
    } catch (IOException reset) {
      end();
    }
  }

  private void read() {
    byte[] buffer = new byte[READ_BYTES];
    try {
      InputStream in = socket.getInputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        if (established.getCount() > 0) {
          int received = count;
          locked(() -> {
            time.advanceTo(System.nanoTime(), System.currentTimeMillis());
            connection.onBytes(ByteBuffer.wrap(buffer, 0, received));
          });
        }
      }
    } catch (IOException reset) {
      // Told below, as an end in good order is.
    }
    end();
  }

  private void end() {
    ended = true;
    established.countDown();
  }

  @Override
  public void close() throws IOException {
    datagrams.close();
    socket.close();
  }
}
