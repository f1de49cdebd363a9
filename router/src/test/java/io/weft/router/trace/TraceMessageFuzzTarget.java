package io.weft.router.trace;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipSender;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What other routers say about traces: as one message, and as a sequence of them, each behind a
 * byte with its length, while a trace is under way. What is read is bounded, fit for a terminal and
 * the same when it is written again; whatever comes, each question is answered once at most, and
 * the trace ends once, with lines of bounded length.
 */
public final class TraceMessageFuzzTarget {
  private static final PeerName SELF = new PeerName(0x0a0000000001L);
  private static final PeerName OTHER = new PeerName(0x0a0000000002L);
  private static final PeerName THIRD = new PeerName(0x0a0000000003L);
  private static final Located HERE = new Located(0x5a0000000001L, "10.32.0.1/12", "vethwepl1");
  private static final int KIND_AT = 1;
  private static final int QUESTION = 1;

  private final EventTime time = new EventTime(0, 0);
  private final View view = new View();
  private final List<byte[]> sent = new ArrayList<>();
  private final Tracer tracer;
  private long questions;
  private int ends;

  private TraceMessageFuzzTarget() {
    tracer = new Tracer(view, time, () -> ++questions);
    tracer.connect(new Sender());
  }

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    Optional<TraceMessage> message = TraceMessage.decode(input);
    if (message.isPresent()) {
      byte[] written = message.get().encode();
      if (written.length > TraceMessage.MAX_BYTES
          || !TraceMessage.decode(written).equals(message)
          || !isFitForTerminals(message.get())) {
        throw new AssertionError(message.get() + " is not what was read");
      }
    }
    new TraceMessageFuzzTarget().hear(List.of(input));
    List<byte[]> sequence = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(input);
    while (in.hasRemaining()) {
      byte[] next = new byte[Math.min(in.get() & 0xff, in.remaining())];
      in.get(next);
      sequence.add(next);
    }
    new TraceMessageFuzzTarget().hear(sequence);
  }

  private static boolean isFitForTerminals(TraceMessage message) {
    return switch (message) {
      case TraceMessage.Where where -> isFit(where.end());
      case TraceMessage.What what -> true;
      case TraceMessage.That that ->
          that.hop().lines().stream().allMatch(TraceMessageFuzzTarget::isFit);
      case TraceMessage.Here here -> {
        Located located = here.located();
        yield located == null || (isFit(located.address()) && isFit(located.port()));
      }
    };
  }

  private static boolean isFit(String text) {
    return text.length() <= TraceMessage.MAX_LINE
        && text.chars().allMatch(each -> each >= ' ' && each <= '~');
  }

  private void hear(List<byte[]> messages) {
    tracer.trace(TraceEnd.parse("10.32.0.1"), TraceEnd.parse("5a:00:00:00:00:03"), lines -> ends++);
    for (byte[] message : messages) {
      answersOf(OTHER, message);
      answersOf(THIRD, message);
    }
    while (tracer.nextDeadlineNanos() != Tracer.NEVER) {
      time.advanceTo(tracer.nextDeadlineNanos(), 0);
      tracer.onTime();
    }
    if (ends != 1) {
      throw new AssertionError("a trace that ends %d times".formatted(ends));
    }
  }

  private void answersOf(PeerName peer, byte[] message) {
    sent.clear();
    tracer.onUnicast(peer, message);
    long answers = sent.stream().filter(each -> each[KIND_AT] % 2 == 0).count();
    if (answers > QUESTION || sent.size() > answers + view.peers().size()) {
      throw new AssertionError("%d messages after one".formatted(sent.size()));
    }
  }

  /** What this router knows. */
  private static final class View implements TraceView {
    @Override
    public PeerName self() {
      return SELF;
    }

    @Override
    public Set<PeerName> peers() {
      return Set.of(SELF, OTHER, THIRD);
    }

    @Override
    public String describe(PeerName peer) {
      return peer.toString();
    }

    @Override
    public void locate(TraceEnd end, Consumer<Optional<Located>> reply) {
      reply.accept(end.toString().startsWith("10.") ? Optional.of(HERE) : Optional.empty());
    }

    @Override
    public Hop look(PeerName source, long mac, @Nullable PeerName last, @Nullable PeerName before) {
      return last == null
          ? new Hop(Hop.Verdict.FORWARDED, OTHER, OTHER, List.of("route to " + OTHER))
          : Hop.dropped(List.of());
    }
  }

  /** The mesh. */
  private final class Sender implements GossipSender {
    @Override
    public void unicast(PeerName destination, byte[] payload) {
      if (payload.length > TraceMessage.MAX_BYTES || TraceMessage.decode(payload).isEmpty()) {
        throw new AssertionError("a message that nobody can read");
      }
      sent.add(payload);
    }

    @Override
    public void broadcast(GossipData data) {
      throw new AssertionError("traces are no business of everybody");
    }

    @Override
    public void gossip(GossipData data) {
      throw new AssertionError("traces are no business of everybody");
    }
  }
}
