package io.weft.tests.simulation;

import io.weft.gossip.Mesh;
import io.weft.gossip.wire.MeshAction;
import io.weft.gossip.wire.MeshConnection;
import io.weft.gossip.wire.MeshMessage;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
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

  /** Travels behind the last bytes of an end that has closed. */
  private static final byte[] END = {};

  private final SimulatedNetwork network;
  private final Schedule schedule;
  private final long delayNanos;
  private @Nullable End dialler;
  private @Nullable End acceptor;
  private boolean severed;

  SimulatedLink(SimulatedNetwork network, long delayNanos) {
    this.network = network;
    this.schedule = network.schedule();
    this.delayNanos = delayNanos;
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

  /** Nothing gets through any more, though neither end knows yet. */
  void sever() {
    severed = true;
  }

  /** Packets may pass again. */
  void resume() {
    dialler().resume();
    acceptor().resume();
  }

  /** What one router has of the connection. */
  final class End {
    private final SimulatedRouter router;
    private final InetSocketAddress local;
    private final InetSocketAddress remote;
    private final boolean outbound;
    private final MeshConnection connection;
    private final Queue<byte[]> onTheWay = new ArrayDeque<>(2);
    private boolean open = true;
    private boolean known;
    private boolean congested;
    private int bytesOnTheWay;
    private int standingStill;
    private long lastArrivalNanos;
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
      congested |= bytesOnTheWay >= WINDOW_BYTES;
      boolean writable = open && !congested && !router.hasMuchOnTheWay();
      if (open && !congested && !writable) {
        router.wakeLater(this);
      }
      return writable;
    }

    /** Control does not wait for other links. */
    boolean takesControl() {
      return open && bytesOnTheWay < WINDOW_BYTES;
    }

    /** All links together have room again. */
    void wake() {
      if (open && !congested) {
        router.run(mesh -> mesh.onWritable(number));
      }
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
      if (open) {
        shut();
        carry(END);
        forgetIfBothEnded();
      }
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
      long next = router.virtualAt(connection.nextDeadlineNanos());
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
          shut();
          router.forget(number);
          if (known) {
            tell(mesh -> mesh.onClosed(number, reason));
          }
          carry(END);
          forgetIfBothEnded();
        }
      }
    }

    private void tell(Consumer<Mesh> event) {
      schedule.after(0, () -> router.run(event));
    }

    private void carry(byte[] bytes) {
      network.countBytes(bytes.length);
      bytesOnTheWay += bytes.length;
      if (open) {
        router.noteOnTheWay(bytes.length);
      }
      onTheWay.add(bytes);
      long arrival = schedule.nowNanos() + delayNanos + network.jitterNanos(delayNanos);
      lastArrivalNanos = Math.max(lastArrivalNanos, arrival);
      schedule.at(lastArrivalNanos, this::arriveIfPossible);
    }

    private void arriveIfPossible() {
      End far = far();
      if (far != null && !network.reachable(router.name(), far.router.name())) {
        standingStill++;
      } else {
        arrive();
      }
    }

    private void resume() {
      End far = far();
      if (far != null && network.reachable(router.name(), far.router.name())) {
        for (; standingStill > 0; standingStill--) {
          schedule.after(delayNanos, this::arriveIfPossible);
        }
      }
    }

    /** Whatever event brings them, bytes arrive in the order in which they were sent. */
    private void arrive() {
      byte[] bytes = onTheWay.remove();
      bytesOnTheWay -= bytes.length;
      if (open) {
        router.noteOnTheWay(-bytes.length);
      }
      End far = far();
      if (!severed && far != null && far.open) {
        if (bytes == END) {
          far.use(same -> same.onEnd(RESET));
        } else {
          far.use(same -> same.onBytes(ByteBuffer.wrap(bytes)));
        }
      }
      if (open && congested && bytesOnTheWay < WINDOW_BYTES / 2) {
        congested = false;
        router.run(mesh -> mesh.onWritable(number));
      }
    }

    /** What is still on its way counts no more: it may never arrive. */
    private void shut() {
      open = false;
      router.noteOnTheWay(-bytesOnTheWay);
    }

    private void forgetIfBothEnded() {
      End far = far();
      if (far == null || !far.open) {
        network.forget(SimulatedLink.this);
      }
    }

    private @Nullable End far() {
      return outbound ? acceptor : dialler;
    }
  }
}
