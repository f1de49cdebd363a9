package io.weft.tests.simulation;

import io.weft.gossip.wire.MeshAction;
import io.weft.gossip.wire.MeshConnection;
import io.weft.gossip.wire.MeshMessage;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection, or the attempt at one. Both ends run the real connection state machine, so
 * what travels is what would travel on a wire.
 */
final class SimulatedLink {
  /** Bytes on their way in one direction before its sender is told to wait. */
  private static final int WINDOW_BYTES = 128 * 1024;

  private static final String RESET = "read: connection reset by peer";

  private final Schedule schedule;
  private final long delayNanos;
  private final Consumer<SimulatedLink> onGone;
  private @Nullable End dialler;
  private @Nullable End acceptor;
  private boolean severed;

  SimulatedLink(Schedule schedule, long delayNanos, Consumer<SimulatedLink> onGone) {
    this.schedule = schedule;
    this.delayNanos = delayNanos;
    this.onGone = onGone;
  }

  End dialledBy(SimulatedRouter router, InetSocketAddress local, InetSocketAddress remote) {
    dialler = new End(router, local, remote, true);
    return dialler;
  }

  /** The connection is up: both ends say hello. */
  void acceptedBy(SimulatedRouter router) {
    End near = dialler();
    acceptor = new End(router, /* local= */ near.remote, /* remote= */ near.local, false);
    router.add(acceptor);
    near.start();
    acceptor.start();
  }

  End dialler() {
    return Objects.requireNonNull(dialler, "not dialled");
  }

  End acceptor() {
    return Objects.requireNonNull(acceptor, "not accepted");
  }

  long delayNanos() {
    return delayNanos;
  }

  /** The end that belongs to a router, if any. */
  @Nullable End endOf(SimulatedRouter router) {
    if (dialler().router.equals(router)) {
      return dialler();
    }
    return acceptor().router.equals(router) ? acceptor() : null;
  }

  /** Nothing gets through any more, though neither end knows yet. */
  void sever() {
    severed = true;
  }

  /** What one router has of the connection. */
  final class End {
    private final SimulatedRouter router;
    private final InetSocketAddress local;
    private final InetSocketAddress remote;
    private final boolean outbound;
    private final MeshConnection connection;
    private boolean open = true;
    private boolean known;
    private boolean congested;
    private int bytesInFlight;
    private long alarmNanos = MeshConnection.NEVER;
    private long number;

    End(
        SimulatedRouter router,
        InetSocketAddress local,
        InetSocketAddress remote,
        boolean outbound) {
      this.router = router;
      this.local = local;
      this.remote = remote;
      this.outbound = outbound;
      this.known = outbound;
      connection = router.connection(outbound, local, remote, this::carryOut);
    }

    SimulatedRouter router() {
      return router;
    }

    boolean isOpen() {
      return open;
    }

    /** The router's number for this link. */
    void setNumber(long linkNumber) {
      number = linkNumber;
    }

    void start() {
      use(MeshConnection::start);
    }

    void startReading() {
      use(MeshConnection::startReading);
    }

    boolean isWritable() {
      congested |= bytesInFlight >= WINDOW_BYTES;
      return open && !congested;
    }

    void send(MeshMessage message) {
      use(same -> same.send(message));
    }

    void close(String reason) {
      use(same -> same.close(reason));
    }

    /** The connection ends for this router after a while, unless it has by then. */
    void breakAfter(long afterNanos, String reason) {
      schedule.after(afterNanos, () -> use(same -> same.onEnd(reason)));
    }

    /** The router is no more: nobody hears of this end again. */
    void abandon() {
      open = false;
      forgetIfBothEnded();
    }

    /** Every call of the state machine, at the present time. */
    private void use(Consumer<MeshConnection> call) {
      if (open && router.isAlive()) {
        router.setTime();
        call.accept(connection);
        setAlarm();
      }
    }

    private void setAlarm() {
      long next = connection.nextDeadlineNanos();
      if (next < alarmNanos) {
        alarmNanos = next;
        schedule.at(
            next,
            () -> {
              alarmNanos = MeshConnection.NEVER;
              use(MeshConnection::onTime);
            });
      }
    }

    /** Actions reach the router as events of their own, since it may answer with calls. */
    private void carryOut(MeshAction action) {
      switch (action) {
        case MeshAction.Send(byte[] bytes) -> carry(bytes);
        case MeshAction.Established established -> {
          known = true;
          tell(mesh -> mesh.onHandshaken(number, established.handshaken()));
        }
        case MeshAction.Deliver(MeshMessage message) ->
            tell(mesh -> mesh.onMessage(number, message));
        case MeshAction.Close(var _, String reason) -> {
          open = false;
          if (known) {
            tell(mesh -> mesh.onClosed(number, reason));
          }
          End far = far();
          if (far != null && !severed) {
            far.breakAfter(delayNanos, RESET);
          }
          forgetIfBothEnded();
        }
      }
    }

    private void tell(Consumer<io.weft.gossip.Mesh> event) {
      schedule.after(0, () -> router.run(event));
    }

    private void carry(byte[] bytes) {
      bytesInFlight += bytes.length;
      schedule.after(delayNanos, () -> arrive(bytes));
    }

    private void arrive(byte[] bytes) {
      bytesInFlight -= bytes.length;
      End far = far();
      if (!severed && far != null) {
        far.use(same -> same.onBytes(ByteBuffer.wrap(bytes)));
      }
      if (open && congested && bytesInFlight < WINDOW_BYTES / 2) {
        congested = false;
        router.run(mesh -> mesh.onWritable(number));
      }
    }

    private void forgetIfBothEnded() {
      End far = far();
      if (far == null || !far.open) {
        onGone.accept(SimulatedLink.this);
      }
    }

    private @Nullable End far() {
      return outbound ? acceptor : dialler;
    }
  }
}
