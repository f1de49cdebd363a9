package io.weft.gossip.netty;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.weft.gossip.EventTime;
import io.weft.gossip.MeshLinkEvents;
import io.weft.gossip.MeshTransport;
import io.weft.gossip.wire.CloseCause;
import io.weft.gossip.wire.MeshConnectionParameters;
import io.weft.gossip.wire.MeshMessage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The TCP sockets of the mesh on Netty, with one event-loop thread: control traffic is small, and
 * one thread needs no locks.
 *
 * <p>{@link #start}, {@link #counters} and {@link #close} may be called by any thread, the methods
 * of {@link MeshTransport} by the conductor. Sockets are closed with a reset, as Go peers do
 * (mesh.md 1.1). Waiting data is bounded per link in both directions; see {@link AcceptLimits} for
 * strangers.
 */
public final class NettyMeshTransport implements MeshTransport, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(NettyMeshTransport.class.getName());

  private static final WriteBufferWaterMark WATER_MARKS =
      new WriteBufferWaterMark(TransportLimits.WATER_MARK_LOW, TransportLimits.WATER_MARK_HIGH);

  private static final RecvByteBufAllocator READS =
      new AdaptiveRecvByteBufAllocator(512, 2048, TransportLimits.READ_BYTES);

  private final MeshTransportParameters parameters;
  private final LinkLimits limits;
  private final Executor conductor;
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("weft-mesh", true), NioIoHandler.newFactory());
  private final EventLoop loop = group.next();
  // One arena of small chunks: the default would reserve megabytes for a few kilobytes in use.
  private final ByteBufAllocator allocator =
      new PooledByteBufAllocator(
          true,
          0,
          1,
          TransportLimits.ARENA_PAGE_BYTES,
          TransportLimits.ARENA_MAX_ORDER,
          0,
          0,
          false);
  private final Map<Long, Link> links = new ConcurrentHashMap<>();
  private final AtomicLong lastLink = new AtomicLong();
  private final TransportMetrics metrics = new TransportMetrics();
  private final Host host;
  private @Nullable Channel listener;

  /**
   * Prepares a transport; {@link #start} opens its port.
   *
   * @param conductor runs the events one after the other, in the order given
   * @param random source of keys and connection ids, must be unpredictable; used by the event loop
   *     only
   */
  public NettyMeshTransport(
      MeshTransportParameters parameters, Executor conductor, RandomGenerator random) {
    this(parameters, LinkLimits.DEFAULT, conductor, random);
  }

  /** As the other, with limits that a test can reach. */
  NettyMeshTransport(
      MeshTransportParameters parameters,
      LinkLimits limits,
      Executor conductor,
      RandomGenerator random) {
    this.parameters = parameters;
    this.limits = limits;
    this.conductor = conductor;
    this.host = new Host(random);
  }

  /**
   * Starts listening and, from now on, telling the given core what happens.
   *
   * @return the address listened on
   * @throws IOException when the port cannot be opened
   */
  public InetSocketAddress start(MeshLinkEvents events) throws IOException {
    host.events = events;
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.SO_BACKLOG, TransportLimits.ACCEPT_BACKLOG)
            .option(ChannelOption.ALLOCATOR, allocator)
            .childOption(ChannelOption.ALLOCATOR, allocator)
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, READS)
            .childOption(ChannelOption.SO_LINGER, 0)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARKS)
            .childHandler(new Acceptor());
    InetAddress address = parameters.host();
    ChannelFuture bound =
        (address == null
                ? bootstrap.bind(parameters.port())
                : bootstrap.bind(address, parameters.port()))
            .awaitUninterruptibly();
    Throwable fault = bound.cause();
    if (fault != null) {
      throw new IOException(
          "listen tcp port " + parameters.port() + ": " + fault.getMessage(), fault);
    }
    Channel opened = bound.channel();
    listener = opened;
    var _ =
        loop.scheduleAtFixedRate(
            this::onTick,
            TransportLimits.TICK_MILLIS,
            TransportLimits.TICK_MILLIS,
            TimeUnit.MILLISECONDS);
    return (InetSocketAddress) opened.localAddress();
  }

  /** What has been counted so far. */
  public MeshTransportCounters counters() {
    return metrics.snapshot(links.size());
  }

  @Override
  public long dial(InetSocketAddress address) {
    long id = lastLink.incrementAndGet();
    Link link = new Link(id, true, host);
    links.put(id, link);
    onLoop(() -> connect(link, address));
    return id;
  }

  @Override
  public void startReading(long link) {
    withLink(link, Link::startReading);
  }

  @Override
  public boolean isWritable(long link) {
    Link found = links.get(link);
    return found != null && found.backlog().isWritable();
  }

  @Override
  public boolean takesControl(long link) {
    Link found = links.get(link);
    return found != null && found.backlog().takesControl();
  }

  @Override
  public void send(long link, MeshMessage message) {
    Link found = links.get(link);
    if (found != null) {
      boolean fits = found.backlog().reserve(message);
      onLoop(fits ? () -> found.send(message) : () -> found.fallenBehind(message));
    }
  }

  @Override
  public void close(long link, String reason) {
    withLink(link, found -> found.close(reason));
  }

  /** Closes every socket and waits, a few seconds at most, for the event loop to end. */
  @Override
  public void close() {
    Channel opened = listener;
    if (opened != null) {
      opened.close().awaitUninterruptibly(TransportLimits.SHUTDOWN_SECONDS, TimeUnit.SECONDS);
    }
    onLoop(() -> List.copyOf(links.values()).forEach(link -> link.close("router is stopping")));
    boolean ended =
        group
            .shutdownGracefully(0, TransportLimits.SHUTDOWN_SECONDS, TimeUnit.SECONDS)
            .awaitUninterruptibly(TransportLimits.SHUTDOWN_SECONDS, TimeUnit.SECONDS);
    if (!ended) {
      LOG.log(System.Logger.Level.WARNING, "event loop of the mesh did not end in time");
    }
  }

  private void onTick() {
    host.room.onTick(host.time().nanos());
    List.copyOf(links.values()).forEach(Link::onTick);
    if (host.isFull()) {
      // One at a time: with the largest gone the others may be fast enough.
      links.values().stream()
          .filter(link -> link.stalledNanos() >= limits.stallNanos())
          .max(Comparator.comparingLong(link -> link.backlog().bytes()))
          .ifPresent(Link::fallenBehind);
    }
  }

  private void withLink(long id, Consumer<Link> action) {
    Link link = links.get(id);
    if (link != null) {
      onLoop(() -> action.accept(link));
    }
  }

  private void onLoop(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      LOG.log(System.Logger.Level.DEBUG, "mesh transport is closed", e);
    }
  }

  private void connect(Link link, InetSocketAddress address) {
    metrics.dialled.increment();
    link.dialling(address);
    if (address.isUnresolved()) {
      link.dialFailed(new UnknownHostException("no such host"));
      return;
    }
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(NioSocketChannel.class)
            .disableResolver()
            .option(ChannelOption.ALLOCATOR, allocator)
            .option(ChannelOption.RECVBUF_ALLOCATOR, READS)
            .option(ChannelOption.SO_LINGER, 0)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, TransportLimits.CONNECT_TIMEOUT_MILLIS)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARKS)
            .handler(link);
    InetAddress source = parameters.host();
    if (source != null) {
      bootstrap.localAddress(source, 0);
    }
    bootstrap
        .connect(address)
        .addListener(future -> {
          Throwable fault = future.cause();
          if (fault != null) {
            link.dialFailed(fault);
          }
        });
  }

  /** Lets accepted connections in. */
  private final class Acceptor extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      metrics.accepted.increment();
      if (!(channel.remoteAddress() instanceof InetSocketAddress remote)) {
        var _ = channel.close();
        return;
      }
      Refusal refusal = host.gate.admit(remote.getAddress(), System.nanoTime());
      if (refusal != null) {
        metrics.refused(refusal);
        var _ = channel.close();
        return;
      }
      Link link = new Link(lastLink.incrementAndGet(), false, host);
      link.accepted(remote);
      links.put(link.id(), link);
      host.strangers.add(link);
      if (host.strangers.size() > parameters.limits().handshakes()) {
        Link oldest = host.strangers.getFirst();
        metrics.refused(Refusal.HANDSHAKES);
        oldest.close("too many handshakes");
      }
      channel.pipeline().addLast(link);
    }
  }

  /** The transport as its links see it; state of the event loop. */
  private final class Host implements LinkHost {
    private final RandomGenerator random;
    private final EventTime time = new EventTime(System.nanoTime(), System.currentTimeMillis());
    private final AtomicLong pending = new AtomicLong();
    private final InboundRoom room = new InboundRoom(limits);
    private final AcceptGate gate = new AcceptGate(parameters.limits());

    /** Accepted links that have not completed their handshake, oldest first. */
    private final LinkedHashSet<Link> strangers = new LinkedHashSet<>();

    private volatile @Nullable MeshLinkEvents events;

    private Host(RandomGenerator random) {
      this.random = random;
    }

    @Override
    public MeshConnectionParameters connectionParameters() {
      return parameters.connection();
    }

    @Override
    public EventTime time() {
      time.advanceTo(System.nanoTime(), System.currentTimeMillis());
      return time;
    }

    @Override
    public RandomGenerator random() {
      return random;
    }

    @Override
    public TransportMetrics metrics() {
      return metrics;
    }

    @Override
    public LinkLimits limits() {
      return limits;
    }

    @Override
    public InboundRoom room() {
      return room;
    }

    @Override
    public void addPending(long bytes) {
      pending.addAndGet(bytes);
    }

    @Override
    public boolean isFull() {
      return pending.get() >= limits.outboundTotal();
    }

    @Override
    public MeshLinkEvents events() {
      MeshLinkEvents current = events;
      if (current == null) {
        throw new IllegalStateException("transport is used before it is started");
      }
      return current;
    }

    @Override
    public void onConductor(Runnable task) {
      try {
        conductor.execute(task);
      } catch (RejectedExecutionException e) {
        LOG.log(System.Logger.Level.DEBUG, "conductor takes no events", e);
      }
    }

    @Override
    public void handshaken(Link link) {
      if (strangers.remove(link)) {
        gate.handshaken(link.remote().getAddress());
      }
    }

    @Override
    public void closed(Link link, CloseCause cause) {
      links.remove(link.id());
      if (!link.isHandshaken()) {
        metrics.handshakeFailed(cause);
      }
      if (!link.isOutbound()) {
        strangers.remove(link);
        gate.closed(link.remote().getAddress(), link.isHandshaken());
      }
    }
  }
}
