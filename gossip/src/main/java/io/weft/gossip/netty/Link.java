package io.weft.gossip.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.weft.gossip.EventTime;
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
final class Link extends ChannelInboundHandlerAdapter {
  private final long id;
  private final boolean outboundLink;
  private final LinkHost host;
  private final AtomicLong inFlight = new AtomicLong();
  private final AtomicLong pending = new AtomicLong();
  private volatile boolean held;
  private volatile boolean full;
  private volatile boolean handshaken;
  private boolean closed;
  private int weightOfSend;
  private @Nullable InetSocketAddress dialled;
  private @Nullable Channel channel;
  private @Nullable Outbound outbound;
  private @Nullable MeshConnection connection;
  private InetSocketAddress local = new InetSocketAddress(0);
  private InetSocketAddress remote = new InetSocketAddress(0);

  Link(long id, boolean outboundLink, LinkHost host) {
    this.id = id;
    this.outboundLink = outboundLink;
    this.host = host;
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

  /** Whether more may be sent; called on the conductor. */
  boolean isWritable() {
    if (pending.get() < TransportLimits.OUTBOUND_HIGH) {
      return true;
    }
    full = true;
    // What was pending may have been written before the flag was up.
    return pending.get() < TransportLimits.OUTBOUND_HIGH;
  }

  /** Reserves room for a message; false when the peer has fallen too far behind. Any thread. */
  boolean reserve(MeshMessage message) {
    return pending.addAndGet(weightOf(message)) <= TransportLimits.OUTBOUND_MAX;
  }

  /** Remembers what is being dialled. */
  void dialling(InetSocketAddress address) {
    dialled = address;
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
      InetSocketAddress address = dialled == null ? remote : dialled;
      String reason = SocketFaults.dial(address, fault);
      end(CloseCause.ENDED, () -> host.events().onDialFailed(id, reason));
    }
  }

  /** Sends a message for which room was reserved. */
  void send(MeshMessage message) {
    MeshConnection current = connection;
    if (current == null || closed) {
      return;
    }
    if (!current.isEstablished()) {
      pending.addAndGet(-weightOf(message));
      return;
    }
    host.time();
    weightOfSend = weightOf(message);
    current.send(message);
    weightOfSend = 0;
  }

  void startReading() {
    MeshConnection current = connection;
    Channel open = channel;
    if (current == null || open == null || closed) {
      return;
    }
    host.time();
    current.startReading();
    if (!held && !closed) {
      open.config().setAutoRead(true);
    }
  }

  void close(String reason) {
    close(CloseCause.LOCAL, reason);
  }

  private void close(CloseCause cause, String reason) {
    MeshConnection current = connection;
    if (current != null && cause == CloseCause.LOCAL) {
      current.close(reason);
    }
    finish(cause, reason);
  }

  /** Runs timers; called a few times a second. */
  void onTick() {
    MeshConnection current = connection;
    Outbound queue = outbound;
    if (current == null || queue == null || closed) {
      return;
    }
    EventTime time = host.time();
    current.onTime();
    if (queue.stalledNanos(time.nanos()) >= TransportLimits.WRITE_TIMEOUT_NANOS) {
      close(SocketFaults.writeTimeout(local, remote));
    }
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
      host.time();
      for (ByteBuffer piece : bytes.nioBuffers()) {
        current.onBytes(piece);
      }
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
          queue.add(send.bytes(), weightOfSend, host.time().nanos());
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
    int weight = weightOf(message);
    MeshConnection current = connection;
    if (inFlight.addAndGet(weight) >= TransportLimits.INBOUND_HIGH && current != null && !held) {
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
        release(weight);
      }
    });
  }

  /** The conductor is done with a message. */
  private void release(int weight) {
    Channel open = channel;
    if (inFlight.addAndGet(-weight) <= TransportLimits.INBOUND_LOW && held && open != null) {
      open.eventLoop().execute(this::resume);
    }
  }

  private void resume() {
    MeshConnection current = connection;
    Channel open = channel;
    if (!held
        || closed
        || current == null
        || open == null
        || inFlight.get() > TransportLimits.INBOUND_LOW) {
      return;
    }
    held = false;
    host.time();
    current.resume();
    if (!held && !closed) {
      open.config().setAutoRead(true);
    }
  }

  private void onWritten(int weight) {
    if (pending.addAndGet(-weight) <= TransportLimits.OUTBOUND_LOW && full && !closed) {
      full = false;
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
    host.closed(this, cause);
    if (outboundLink || handshaken) {
      host.onConductor(report);
    }
  }

  private static int weightOf(MeshMessage message) {
    int size =
        switch (message) {
          case MeshMessage.Gossip m -> m.payload().length + m.channel().length();
          case MeshMessage.GossipBroadcast m -> m.payload().length + m.channel().length();
          // Payload and encoded form are both held.
          case MeshMessage.GossipUnicast m -> m.payload().length + m.encoded().length;
          case MeshMessage.OverlayControl m -> m.body().length;
          case MeshMessage.LegacyOverlayControl m -> m.body().length;
          case MeshMessage.Heartbeat m -> 0;
          case MeshMessage.Extension m -> m.body().length;
          case MeshMessage.Unknown m -> 0;
          case MeshMessage.Blank m -> 0;
        };
    return size + TransportLimits.MESSAGE_OVERHEAD;
  }
}
