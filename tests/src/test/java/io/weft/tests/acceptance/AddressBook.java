package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Which address was given to whom, all hosts together, so that a duplicate shows at once. */
final class AddressBook {
  private static final Pattern ENTRY =
      Pattern.compile("\"Token\": \"([^\"]*)\",\\s*\"Size\": (\\d+),\\s*\"Peer\": \"([^\"]*)\"");

  private final Map<String, String> holders = new HashMap<>();
  private int identities;

  /** Allocates so many addresses on each of the hosts. */
  void allocate(List<Host> hosts, int each) throws IOException {
    for (int count = 0; count < each; count++) {
      for (Host host : hosts) {
        String ident = "identity" + ++identities;
        give(host.control().post("/ip/" + ident).orFail(), ident + " on host " + host.label());
      }
    }
  }

  /** Attaches a container to each of the hosts. */
  List<Container> attach(List<Host> hosts) throws IOException {
    List<Container> containers = new ArrayList<>();
    for (Host host : hosts) {
      Container container = host.attach();
      give(container.address(), container.namespace().name());
      containers.add(container);
    }
    return containers;
  }

  /** Forgets what was given out on a host to nobody who could be found there. */
  void forgetIdentities(Host host) {
    holders.values().removeIf(holder -> holder.endsWith(" on host " + host.label()));
  }

  private void give(String cidr, String holder) {
    String address = cidr.replaceFirst("/.*", "");
    String earlier = holders.putIfAbsent(address, holder);
    assertNull(earlier, () -> "%s of %s was given to %s".formatted(address, earlier, holder));
  }

  /** The ranges of the ring and their owners as the report of a host has them. */
  static Set<String> ring(Host host) {
    try {
      return ENTRY
          .matcher(host.control().get("/report").body())
          .results()
          .map(match -> match.group(1) + "+" + match.group(2) + " of " + match.group(3))
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
