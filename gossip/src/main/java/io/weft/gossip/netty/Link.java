package io.weft.gossip.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.weft.gossip.wire.CloseCause;
import io.weft.gossip.wire.MeshAction;
import io.weft.gossip.wire.MeshConnection;
import io.weft.gossip.wire.MeshMessage;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection: moves bytes between its channel and its {@link MeshConnection}, and messages
 * between that and the conductor, both within bounds. Runs on the event loop, except for the
 * methods that say otherwise.
 */
final class Link extends ChannelInboundHandlerAdapter implements InboundRoom.Guest {
  private final long id;
  private final boolean outboundLink;
  private final LinkHost host;
  private final AtomicLong inFlight = new AtomicLong();
  private final Backlog backlog;
  private volatile boolean held;
  private volatile boolean handshaken;
  private boolean waitsForRoom;
  private boolean hasRoom;
  private boolean closed;
  private int weightOfSend;
  private @Nullable Channel channel;
  private @Nullable Outbound outbound;
  private @Nullable MeshConnection connection;
  private InetSocketAddress local = new InetSocketAddress(0);
  private InetSocketAddress remote = new InetSocketAddress(0);

  Link(long id, boolean outboundLink, LinkHost host) {
    this.id = id;
    this.outboundLink = outboundLink;
    this.host = host;
    backlog = new Backlog(host);
  }

  long id() {
    return id;
  }

  boolean isOutbound() {
    return outboundLink;
  }

  boolean isHandshaken() {
    return handshaken;
  }

  InetSocketAddress remote() {
    return remote;
  }

  /** What is to be written; any thread. */
  Backlog backlog() {
    return backlog;
  }

  /** Remembers what is being dialled. */
  void dialling(InetSocketAddress address) {
    remote = address;
  }

  /** Remembers where an accepted connection comes from. */
  void accepted(InetSocketAddress address) {
    remote = address;
  }

  /** The TCP connection never came up. */
  void dialFailed(Throwable fault) {
    if (!closed) {
      host.metrics().dialFailures.increment();
      String reason = SocketFaults.dial(remote, fault);
      end(CloseCause.ENDED, () -> host.events().onDialFailed(id, reason));
    }
  }

  /** Sends a message for which room was reserved. */
  void send(MeshMessage message) {
    MeshConnection current = connection;
    weightOfSend = MessageWeight.of(message);
    if (current != null && !closed && current.isEstablished()) {
      host.time();
      current.send(message);
    }
    // Whatever was not sent gives its room back.
    onWritten(weightOfSend);
    weightOfSend = 0;
  }

  /** Room was reserved for a message but the peer has fallen too far behind. */
  void fallenBehind(MeshMessage message) {
    onWritten(MessageWeight.of(message));
    fallenBehind();
  }

  /** The peer takes too little. */
  void fallenBehind() {
    cutOff(Cutoff.BACKLOG, "peer takes messages too slowly");
  }

  /** How long nothing has been written although there is something to write, in nanoseconds. */
  long stalledNanos() {
    Outbound queue = outbound;
    return queue == null || closed ? 0 : queue.stalledNanos(host.time().nanos());
  }

  void startReading() {
    MeshConnection current = connection;
    Channel open = channel;
    if (current == null || open == null || closed) {
      return;
    }
    host.time();
    current.startReading();
    askForRoom();
    if (!held && !waitsForRoom && !closed) {
      open.config().setAutoRead(true);
    }
  }

  void close(String reason) {
    MeshConnection current = connection;
    if (current != null) {
      current.close(reason);
    }
    finish(CloseCause.LOCAL, reason);
  }

  /** Runs timers; called a few times a second. */
  void onTick() {
    MeshConnection current = connection;
    if (current == null || closed) {
      return;
    }
    host.time();
    current.onTime();
    if (stalledNanos() >= host.limits().writeTimeoutNanos()) {
      cutOff(Cutoff.WRITE_TIMEOUT, SocketFaults.writeTimeout(local, remote));
    } else {
      tellWritable(false);
    }
  }

  private void cutOff(Cutoff cutoff, String reason) {
    if (!closed) {
      host.metrics().cutOff(cutoff);
      close(reason);
    }
  }

  /** A large message begins: it arrives when there is memory for it. */
  private void askForRoom() {
    MeshConnection current = connection;
    Channel open = channel;
    if (current == null || open == null || closed || held || waitsForRoom || hasRoom) {
      // While we hold the link nothing arrives, and it must not keep room from others.
      return;
    }
    int bytes = current.awaitedBytes();
    if (bytes <= host.limits().largeMessage()) {
      // It is small, or none has begun.
    } else if (host.room().enter(this, bytes, host.time().nanos())) {
      hasRoom = true;
      current.reserve();
    } else {
      waitsForRoom = true;
      current.pause();
      open.config().setAutoRead(false);
    }
  }

  @Override
  public void onRoom() {
    MeshConnection current = connection;
    waitsForRoom = false;
    hasRoom = true;
    if (current != null) {
      current.reserve();
    }
    resume();
  }

  @Override
  public void onRoomLost() {
    cutOff(Cutoff.SLOW_MESSAGE, "peer takes too long over a message");
  }

  @Override
  public void onStarved() {
    cutOff(Cutoff.STARVED, "no memory for a message of the peer");
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    Channel opened = context.channel();
    channel = opened;
    if (closed) {
      var _ = opened.close();
      return;
    }
    local = (InetSocketAddress) opened.localAddress();
    remote = (InetSocketAddress) opened.remoteAddress();
    outbound =
        new Outbound(opened, host.metrics().bytesOut::add, this::onWritten, this::onWriteFault);
    MeshConnection started =
        new MeshConnection(
            host.connectionParameters(),
            outboundLink,
            local,
            remote,
            host.time(),
            host.random(),
            this::onAction);
    connection = started;
    started.start();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      MeshConnection current = connection;
      if (current == null || closed || !(message instanceof ByteBuf bytes)) {
        return;
      }
      host.metrics().bytesIn.add(bytes.readableBytes());
      host.room().progress(this, bytes.readableBytes(), host.time().nanos());
      for (ByteBuffer piece : bytes.nioBuffers()) {
        current.onBytes(piece);
      }
      askForRoom();
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    Outbound queue = outbound;
    if (queue != null && !closed) {
      queue.pump();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    ended("EOF");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable fault) {
    ended(SocketFaults.read(local, remote, fault));
  }

  private void ended(String cause) {
    MeshConnection current = connection;
    if (current != null && !closed) {
      host.time();
      current.onEnd(cause);
    }
  }

  private void onWriteFault(Throwable fault) {
    ended(SocketFaults.write(local, remote, fault));
  }

  private void onAction(MeshAction action) {
    switch (action) {
      case MeshAction.Send send -> {
        Outbound queue = outbound;
        if (queue != null) {
          int weight = weightOfSend;
          weightOfSend = 0;
          queue.add(send.bytes(), weight, host.time().nanos());
        }
      }
      case MeshAction.Established established -> {
        Channel open = channel;
        if (open != null) {
          open.config().setAutoRead(false);
        }
        handshaken = true;
        host.metrics().handshakes.increment();
        host.handshaken(this);
        host.onConductor(() -> host.events().onHandshaken(id, established.handshaken()));
      }
      case MeshAction.Deliver deliver -> deliver(deliver.message());
      case MeshAction.Close close -> finish(close.cause(), close.reason());
    }
  }

  private void deliver(MeshMessage message) {
    int weight = MessageWeight.of(message);
    MeshConnection current = connection;
    int room = hasRoom ? host.room().arrived(this) : 0;
    hasRoom = false;
    if (inFlight.addAndGet(weight) >= host.limits().inboundHigh() && current != null && !held) {
      held = true;
      current.pause();
      Channel open = channel;
      if (open != null) {
        open.config().setAutoRead(false);
      }
    }
    host.onConductor(() -> {
      try {
        host.events().onMessage(id, message);
      } finally {
        release(weight, room);
      }
    });
  }

  /** The conductor is done with a message. */
  private void release(int weight, int room) {
    Channel open = channel;
    boolean low = inFlight.addAndGet(-weight) <= host.limits().inboundLow() && held;
    if (open != null && (low || room > 0)) {
      open.eventLoop()
          .execute(() -> {
            host.room().free(room, host.time().nanos());
            resumeIfHeld();
          });
    }
  }

  private void resumeIfHeld() {
    if (held && inFlight.get() <= host.limits().inboundLow()) {
      held = false;
      resume();
    }
  }

  private void resume() {
    MeshConnection current = connection;
    Channel open = channel;
    if (held || waitsForRoom || closed || current == null || open == null) {
      return;
    }
    host.time();
    current.resume();
    askForRoom();
    if (!held && !waitsForRoom && !closed) {
      open.config().setAutoRead(true);
    }
  }

  private void onWritten(int weight) {
    backlog.release(weight);
    tellWritable(true);
  }

  private void tellWritable(boolean anyway) {
    if (!closed && backlog.reopens(anyway)) {
      host.onConductor(() -> host.events().onWritable(id));
    }
  }

  private void finish(CloseCause cause, String reason) {
    end(cause, () -> host.events().onClosed(id, reason));
  }

  private void end(CloseCause cause, Runnable report) {
    if (closed) {
      return;
    }
    closed = true;
    Outbound queue = outbound;
    if (queue != null) {
      queue.clear();
    }
    Channel open = channel;
    if (open != null) {
      var _ = open.close();
    }
    host.room().leave(this, host.time().nanos());
    host.closed(this, cause);
    if (outboundLink || handshaken) {
      host.onConductor(report);
    }
  }
}
