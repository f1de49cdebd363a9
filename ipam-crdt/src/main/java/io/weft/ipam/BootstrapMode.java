package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.List;

/** How the first ring comes to be: {@code --ipalloc-init} (ipam.md 4.1). */
public sealed interface BootstrapMode {
  /**
   * Takes part in Paxos.
   *
   * @param clusterSize expected peers, from which the quorum follows; 0 to derive it from the
   *     targets at the moment it is needed
   */
  record Consensus(int clusterSize) implements BootstrapMode {
    /** Checks the size. */
    public Consensus {
      if (clusterSize < 0) {
        throw new IllegalArgumentException("cluster size must not be negative: " + clusterSize);
      }
    }
  }

  /**
   * Creates the ring at once from a list that must be the same everywhere.
   *
   * @param peers names in any order; none behaves like {@code consensus}
   */
  record Seed(List<PeerName> peers) implements BootstrapMode {
    /** Takes a copy of the list. */
    public Seed {
      peers = List.copyOf(peers);
    }
  }

  /** Neither proposes nor votes; waits for the ring of others. */
  record Observer() implements BootstrapMode {}

  /**
   * Reads the option's value: nothing, {@code consensus}, {@code consensus=N}, {@code
   * seed=NAME,NAME,..} or {@code observer}.
   *
   * @throws InvalidAddressException with the texts of ipam.md 4.1, including the option's name
   */
  static BootstrapMode parse(String text) throws InvalidAddressException {
    int equals = text.indexOf('=');
    String mode = equals < 0 ? text : text.substring(0, equals);
    String parameter = equals < 0 ? "" : text.substring(equals + 1);
    return switch (mode) {
      case "" -> new Consensus(0);
      case "consensus" -> parseConsensus(parameter);
      case "seed" -> {
        if (equals < 0) {
          throw refused("seed mode requires peer name list");
        }
        yield parseSeed(parameter);
      }
      case "observer" -> {
        if (!parameter.isEmpty()) {
          throw refused("observer mode takes no parameter");
        }
        yield new Observer();
      }
      default -> throw refused("unknown mode: " + mode);
    };
  }

  private static BootstrapMode parseConsensus(String parameter) throws InvalidAddressException {
    if (parameter.isEmpty()) {
      return new Consensus(0);
    }
    try {
      int size = Integer.parseInt(parameter);
      if (size >= 0) {
        return new Consensus(size);
      }
    } catch (NumberFormatException e) {
      throw refused("bad consensus parameter: " + parameter, e);
    }
    throw refused("bad consensus parameter: " + parameter);
  }

  private static BootstrapMode parseSeed(String parameter) throws InvalidAddressException {
    List<PeerName> peers = new ArrayList<>();
    for (String name : parameter.isEmpty() ? new String[0] : parameter.split(",", -1)) {
      try {
        peers.add(PeerName.parse(name));
      } catch (IllegalArgumentException e) {
        throw refused("bad seed parameter: " + e.getMessage(), e);
      }
    }
    return new Seed(peers);
  }

  private static InvalidAddressException refused(String reason) {
    return new InvalidAddressException("Unable to parse --ipalloc-init: " + reason);
  }

  private static InvalidAddressException refused(String reason, Exception cause) {
    InvalidAddressException refusal = refused(reason);
    refusal.initCause(cause);
    return refusal;
  }
}
