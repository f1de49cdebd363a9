package io.weft.router.trace;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.Timed;
import io.weft.gossip.channel.GossipChannel;
import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipSender;
import io.weft.gossip.channel.UnreachablePeerException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Traces the way of a frame: finds its ends by asking every peer, then asks each router on the way
 * in turn. Also answers what other routers ask. Conductor thread.
 */
public final class Tracer implements GossipChannel, Timed {
  static final String CHANNEL = "weft-trace";

  /** How long an answer may take. */
  static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Most questions that wait for answers, of all traces at once. */
  static final int MAX_WAITING = 4_096;

  /** Most routers that a frame may pass. */
  static final int MAX_HOPS = 32;

  private final TraceView view;
  private final EventTime time;
  private final LongSupplier random;
  private final Map<Long, Question> waiting = new HashMap<>();
  private @Nullable GossipSender sender;

  /** A question to one peer; its answer is null when none came in time. */
  private record Question(PeerName peer, long untilNanos, Consumer<@Nullable TraceMessage> reply) {}

  /**
   * A tracer.
   *
   * @param random draws the numbers of questions, which nobody else shall guess
   */
  public Tracer(TraceView view, EventTime time, LongSupplier random) {
    this.view = view;
    this.time = time;
    this.random = random;
  }

  /** Gives it the channel, before it is used. */
  public void connect(GossipSender channel) {
    sender = channel;
  }

  /**
   * Traces.
   *
   * @param reply told the lines of the answer, exactly once, within some seconds
   */
  public void trace(TraceEnd source, TraceEnd destination, Consumer<List<String>> reply) {
    Journey journey = new Journey(source, destination, reply);
    find(
        source,
        found -> {
          journey.source = found;
          find(destination, journey::begin);
        });
  }

  /** An end, and the host it is attached to. */
  private record Place(PeerName peer, Located located) {}

  /** Asks every peer for an end; the first that has it wins. */
  private void find(TraceEnd end, Consumer<@Nullable Place> reply) {
    List<PeerName> peers = new ArrayList<>(view.peers());
    if (waiting.size() + peers.size() > MAX_WAITING) {
      reply.accept(null);
      return;
    }
    Set<PeerName> open = new HashSet<>(peers);
    boolean[] done = {false};
    for (PeerName peer : peers) {
      ask(
          peer,
          id -> new TraceMessage.Where(id, end.toString()),
          answer -> {
            open.remove(peer);
            boolean here = answer instanceof TraceMessage.Here found && found.located() != null;
            if (!done[0] && (here || open.isEmpty())) {
              done[0] = true;
              Located located = answer instanceof TraceMessage.Here found ? found.located() : null;
              reply.accept(located == null ? null : new Place(peer, located));
            }
          });
    }
  }

  /** Makes a question of its number. */
  @FunctionalInterface
  private interface Asking {
    TraceMessage make(long id);
  }

  private void ask(PeerName peer, Asking asking, Consumer<@Nullable TraceMessage> reply) {
    long id = random.getAsLong();
    TraceMessage question = asking.make(id);
    if (peer.equals(view.self())) {
      answer(question, reply);
      return;
    }
    waiting.put(id, new Question(peer, time.nanos() + PATIENCE_NANOS, reply));
    send(peer, question);
  }

  private void send(PeerName peer, TraceMessage message) {
    GossipSender channel = sender;
    try {
      if (channel != null) {
        channel.unicast(peer, message.encode());
      }
    } catch (UnreachablePeerException e) {
      // Whoever waits for it learns that by the time that passes.
      return;
    }
  }

  private void answer(TraceMessage question, Consumer<@Nullable TraceMessage> reply) {
    switch (question) {
      case TraceMessage.Where where -> {
        TraceEnd end;
        try {
          end = TraceEnd.parse(where.end());
        } catch (IllegalArgumentException e) {
          return;
        }
        view.locate(
            end, found -> reply.accept(new TraceMessage.Here(where.id(), found.orElse(null))));
      }
      case TraceMessage.What what ->
          reply.accept(
              new TraceMessage.That(
                  what.id(), view.look(what.source(), what.mac(), what.last(), what.before())));
      case TraceMessage.Here here -> {}
      case TraceMessage.That that -> {}
    }
  }

  @Override
  public String name() {
    return CHANNEL;
  }

  @Override
  public @Nullable GossipData fullState() {
    return null;
  }

  @Override
  public @Nullable GossipData onGossip(byte[] payload) {
    return null;
  }

  @Override
  public @Nullable GossipData onBroadcast(PeerName source, byte[] payload) {
    return null;
  }

  @Override
  public void onUnicast(PeerName source, byte[] payload) {
    Optional<TraceMessage> message = TraceMessage.decode(payload);
    if (message.isEmpty()) {
      return;
    }
    Question question = waiting.get(message.get().id());
    if (question != null && question.peer().equals(source)) {
      waiting.remove(message.get().id());
      question.reply().accept(message.get());
    } else {
      answer(
          message.get(),
          reply -> {
            if (reply != null) {
              send(source, reply);
            }
          });
    }
  }

  @Override
  public long nextDeadlineNanos() {
    long next = NEVER;
    for (Question question : waiting.values()) {
      next = Math.min(next, question.untilNanos());
    }
    return next;
  }

  @Override
  public void onTime() {
    List<Map.Entry<Long, Question>> due =
        waiting.entrySet().stream()
            .filter(entry -> entry.getValue().untilNanos() - time.nanos() <= 0)
            .map(entry -> Map.entry(entry.getKey(), entry.getValue()))
            .toList();
    due.forEach(entry -> waiting.remove(entry.getKey()));
    due.forEach(entry -> entry.getValue().reply().accept(null));
  }

  /** One trace under way. */
  private final class Journey {
    private final TraceEnd sourceEnd;
    private final TraceEnd destinationEnd;
    private final Consumer<List<String>> reply;
    private final List<String> lines = new ArrayList<>();
    private final Set<PeerName> passed = new HashSet<>();
    private @Nullable Place source;

    Journey(TraceEnd source, TraceEnd destination, Consumer<List<String>> reply) {
      sourceEnd = source;
      destinationEnd = destination;
      this.reply = reply;
    }

    void begin(@Nullable Place destination) {
      Place from = source;
      describe("source", sourceEnd, from);
      describe("destination", destinationEnd, destination);
      long mac;
      if (destination != null) {
        mac = destination.located().mac();
      } else if (destinationEnd instanceof TraceEnd.ByMac byMac) {
        mac = byMac.mac().value();
      } else {
        end("dropped: nobody answers for " + destinationEnd + ", so no frame is addressed to it");
        return;
      }
      PeerName start = from == null ? view.self() : from.peer();
      if (from == null) {
        lines.add("traced as if it were attached to " + view.describe(start));
      }
      visit(start, start, mac, null, null);
    }

    private void describe(String role, TraceEnd end, @Nullable Place place) {
      if (place == null) {
        lines.add("%s %s: on no host that answers".formatted(role, end));
        return;
      }
      Located located = place.located();
      lines.add(
          "%s %s: %s %s at %s, bridge port %s"
              .formatted(
                  role,
                  end,
                  new PeerName(located.mac()),
                  located.address().isEmpty() ? "without IPv4" : located.address(),
                  view.describe(place.peer()),
                  located.port()));
    }

    private void visit(
        PeerName router,
        PeerName first,
        long mac,
        @Nullable PeerName last,
        @Nullable PeerName before) {
      if (!passed.add(router) || passed.size() > MAX_HOPS) {
        end("dropped: the routers disagree, the frame comes back to " + view.describe(router));
        return;
      }
      lines.add(passed.size() + ". " + view.describe(router));
      ask(
          router,
          id -> new TraceMessage.What(id, first, mac, last, before),
          answer -> {
            if (!(answer instanceof TraceMessage.That that)) {
              end("unknown: this router does not answer; Weave Net's do not");
              return;
            }
            Hop hop = that.hop();
            hop.lines().forEach(line -> lines.add("   " + line));
            PeerName next = hop.next();
            switch (hop.verdict()) {
              case FORWARDED -> {
                if (next == null) {
                  end("unknown: this router does not say where to");
                } else {
                  visit(next, first, mac, hop.last(), router);
                }
              }
              case DELIVERED -> end("delivered");
              case FLOODED ->
                  end("flooded: every host gets a copy, until the destination says a word");
              case DROPPED -> end("dropped");
            }
          });
    }

    private void end(String line) {
      lines.add(line);
      reply.accept(List.copyOf(lines));
    }
  }
}
