package io.weft.fastpath;

import io.weft.gossip.EventTime;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.OverlayException;
import io.weft.linux.Ipv4Address;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * What a neighbour says of {@code fastdp}: its feature, control messages and heartbeats, in any
 * order. Weave Net's routers are told nothing that they do not know, frames become no longer than
 * has been tried out, every deadline is met, and no key is ever installed twice.
 *
 * <p>An input is a message as it is on the wire, and a feature, and a script: a byte that chooses
 * what the neighbour has announced, then for each event a byte and what that asks for.
 */
public final class FastdpControlFuzzTarget {
  private static final int MESSAGE_HEAD = 2;
  private static final int MAX_STEPS = 500;
  private static final long START_NANOS = 7_000;
  private static final long MILLI = 1_000_000L;
  private static final String[] ANNOUNCED = {
    "", "v=1;heartbeat=1000;mtu=auto", "v=1;heartbeat=5000", "v=1;heartbeat=99999;by=user;mtu=auto"
  };

  private static final Ipv4Address HERE = Ipv4Address.parse("127.0.0.1");
  private static final Ipv4Address THERE = Ipv4Address.parse("127.0.0.2");
  private static final NetworkMtu NETWORK = new NetworkMtu();

  private final EventTime time = new EventTime(START_NANOS, 0);
  private final Neighbour neighbour;
  private final Kernel kernel = new Kernel();
  private final Events events = new Events();
  private final EspConnection esp;
  private final TreeSet<Integer> tried = new TreeSet<>();
  private long lastToken;

  private FastdpControlFuzzTarget(String announced) {
    events.isWeft = !HeartbeatTiming.of(announced).equals(HeartbeatTiming.PLAIN);
    tried.add(SilentForwarder.MTU);
    try {
      neighbour = new Neighbour(announced);
    } catch (OverlayException e) {
      throw new IllegalStateException(e);
    }
    esp =
        new EspConnection(
            new EspConnection.Subject(
                SilentForwarder.A,
                SilentForwarder.B,
                new byte[32],
                HERE,
                THERE,
                SilentForwarder.VXLAN_PORT),
            kernel,
            kernel,
            () -> new byte[EspSetup.NONCE_BYTES],
            events);
  }

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    String text = new String(input, StandardCharsets.ISO_8859_1);
    FastdpFeature feature = FastdpFeature.parse(text);
    if (!FastdpFeature.parse(feature.value()).equals(feature)) {
      throw new AssertionError(text + " is announced as another feature");
    }
    if (input.length > MESSAGE_HEAD) {
      FastdpControlFuzzTarget run = new FastdpControlFuzzTarget(text);
      run.neighbour.confirm();
      run.esp.confirm();
      byte[] body = new byte[input.length - MESSAGE_HEAD - 1];
      System.arraycopy(input, MESSAGE_HEAD + 1, body, 0, body.length);
      run.control(input[MESSAGE_HEAD] & 0xff, body);
      run.end();
    }
    if (input.length > 0) {
      FastdpControlFuzzTarget run = new FastdpControlFuzzTarget(ANNOUNCED[input[0] & 3]);
      ByteBuffer script = ByteBuffer.wrap(input, 1, input.length - 1);
      for (int step = 0; step < MAX_STEPS && script.hasRemaining(); step++) {
        run.step(script);
      }
      run.end();
    }
  }

  private void step(ByteBuffer script) {
    int event = script.get() & 0xff;
    switch (event & 7) {
      case 0 -> neighbour.confirm();
      case 1 -> esp.confirm();
      case 2 -> kernel.answer((event & 8) != 0);
      case 3 -> control(event >>> 3 & 3, bytes(script, number(script)));
      case 4 -> heartbeat((event & 8) != 0 ? THERE : HERE, number(script) << 3);
      case 5 -> heard(number(script) << 6 | (event >>> 3) << 1);
      case 6 -> pass((number(script) + 1L) << (event >>> 5));
      default -> kernel.refuses = (event & 8) != 0;
    }
    check();
  }

  private static int number(ByteBuffer script) {
    return script.hasRemaining() ? script.get() & 0xff : 0;
  }

  private static byte[] bytes(ByteBuffer script, int wanted) {
    byte[] bytes = new byte[Math.min(wanted, script.remaining())];
    script.get(bytes);
    return bytes;
  }

  private void control(int subTag, byte[] body) {
    int sent = events.sent;
    int established = events.established;
    neighbour.onControl(subTag, body.clone());
    if (subTag == FastdpProtocol.CONTROL_ESP_SETUP) {
      esp.onSetup(body.clone());
    } else if (events.sent != sent) {
      throw new AssertionError("a message is answered by a message");
    }
    if (events.established > Math.max(1, established)) {
      throw new AssertionError("established twice");
    }
    check();
  }

  private void heartbeat(Ipv4Address from, int frameBytes) {
    int sent = events.sent;
    neighbour.onHeartbeat(
        new KernelEvent.Heartbeat(
            from.value(), frameBytes, SilentForwarder.UID, frameBytes, lastToken));
    if (events.sent > sent + 3) {
      throw new AssertionError("a heartbeat is answered by %d".formatted(events.sent - sent));
    }
  }

  /** The answer to our last heartbeat. */
  private void heard(int frameBytes) {
    byte[] body = new byte[FastdpProtocol.HEARD_BYTES];
    ByteBuffer.wrap(body).putShort((short) frameBytes).putLong(lastToken);
    control(FastdpProtocol.CONTROL_HEARD, body);
  }

  private void pass(long millis) {
    long end = time.nanos() + millis * MILLI;
    while (neighbour.nextDeadlineNanos() <= end) {
      long due = neighbour.nextDeadlineNanos();
      time.advanceTo(Math.max(due, time.nanos()), 0);
      neighbour.onTime();
      if (neighbour.nextDeadlineNanos() <= due) {
        throw new AssertionError("a deadline that is not met");
      }
    }
    time.advanceTo(end, 0);
  }

  private void check() {
    if (!tried.contains(neighbour.mtu())) {
      throw new AssertionError("%d was never tried out".formatted(neighbour.mtu()));
    }
    neighbour.attributes();
    neighbour.statistics();
    neighbour.complaint();
    esp.complaint();
  }

  private void end() {
    check();
    neighbour.stop();
    esp.stop();
    int sent = events.sent;
    neighbour.onControl(FastdpProtocol.CONTROL_ACKNOWLEDGED, new byte[0]);
    esp.onSetup(new byte[EspSetup.BYTES]);
    kernel.answer(true);
    if (events.sent != sent || kernel.inbound || kernel.outbound || kernel.rules != 0) {
      throw new AssertionError("something is left after the end");
    }
  }

  /** Looks how long heartbeats are. */
  private final class Neighbour extends SilentForwarder {
    Neighbour(String announced) throws OverlayException {
      super(
          new Settings(MTU, true, EspSupport.unused(), NETWORK, time),
          null,
          Map.of(FastdpFeature.KEY, announced),
          HERE,
          THERE,
          events);
    }

    @Override
    void carryHeartbeat(long connectionUid, int mtuBytes, long token, int source, int target) {
      if (mtuBytes < MTU || mtuBytes > FastdpProtocol.WIDEST_MTU) {
        throw new AssertionError("a heartbeat of " + mtuBytes);
      }
      tried.add(mtuBytes);
      lastToken = token;
    }
  }

  /** Counts what is said, and looks whether the neighbour understands it. */
  private static final class Events implements ForwarderEvents, EspConnection.Shell {
    private boolean isWeft;
    private int sent;
    private int established;

    @Override
    public void established() {
      established++;
    }

    @Override
    public void healthy(boolean healthy) {}

    @Override
    public void failed(String reason) {}

    @Override
    public void secured() {}

    @Override
    public void encryptionFailed(String reason) {}

    @Override
    public void sendControl(int subTag, byte[] body) {
      sent++;
      if (!isWeft && subTag > FastdpProtocol.CONTROL_ESP_SETUP) {
        throw new AssertionError("Weave Net does not know message " + subTag);
      }
    }
  }

  /** Remembers what is installed. */
  private static final class Kernel implements EspKernel, EspRules {
    private Consumer<Boolean> waiting = inForce -> {};
    private boolean refuses;
    private boolean inbound;
    private boolean outbound;
    private boolean hadOutbound;
    private int rules;

    void answer(boolean inForce) {
      Consumer<Boolean> asked = waiting;
      waiting = again -> {};
      asked.accept(inForce);
    }

    @Override
    public int allocateSpi(Ipv4Address source, Ipv4Address destination) {
      return 0x1000;
    }

    @Override
    public void installInbound(Ipv4Address from, Ipv4Address to, int spi, byte[] key) {
      inbound = true;
    }

    @Override
    public void installOutbound(Ipv4Address from, Ipv4Address to, int spi, byte[] key)
        throws IOException {
      if (hadOutbound) {
        throw new AssertionError("a key is installed again");
      }
      hadOutbound = true;
      if (refuses) {
        throw new IOException("refused");
      }
      outbound = true;
    }

    @Override
    public void removeInbound(Ipv4Address from, Ipv4Address to, int spi) {
      inbound = false;
    }

    @Override
    public void removeOutbound(Ipv4Address from, Ipv4Address to, int spi) {
      outbound = false;
    }

    @Override
    public void close() {}

    @Override
    public void protect(EspPath path, Consumer<Boolean> done) {
      rules++;
      waiting = done;
    }

    @Override
    public void release(EspPath path) {
      rules--;
    }
  }
}
