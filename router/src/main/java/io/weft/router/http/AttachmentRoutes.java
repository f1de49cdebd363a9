package io.weft.router.http;

import io.weft.gossip.PeerName;
import io.weft.ipam.Allocator;
import io.weft.ipam.Cidr;
import io.weft.ipam.IpamProtocol;
import io.weft.ipam.OwnedAddresses;
import io.weft.linux.Ipv4Prefix;
import io.weft.router.host.AddressScan.Attachment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /attachments[?id=ID]}: what hangs on the bridge, one interface a line with its id, its
 * hardware address and its addresses, as {@code weave ps} prints it (features.md 1.2).
 */
final class AttachmentRoutes {
  /** Ids of this form are cut, as container runtimes show them. */
  private static final Pattern LONG_ID = Pattern.compile("[0-9a-f]{13,}");

  private static final int SHORT_ID_LENGTH = 12;

  /** What follows it in an identity names one of several interfaces of a container. */
  private static final char INTERFACE_MARK = '@';

  private final RouterControl router;
  private final ConductorCalls conductor;
  private final @Nullable Allocator allocator;

  AttachmentRoutes(RouterControl router, ConductorCalls conductor, @Nullable Allocator allocator) {
    this.router = router;
    this.conductor = conductor;
    this.allocator = allocator;
  }

  void addTo(RouteTable routes) {
    routes.add("GET", "/attachments", this::list);
  }

  private void list(ApiRequest request, List<String> variables, Exchange exchange) {
    List<String> ids = request.parameters("id");
    conductor.run(
        exchange,
        () -> {
          Allocator ipam = allocator;
          Map<String, String> owners = ipam == null ? Map.of() : owners(ipam.list());
          PeerName self = router.status().name();
          router.attachments(found ->
              exchange.respond(
                  found
                      .map(attachments -> ApiResponse.text(text(self, attachments, owners, ids)))
                      .orElseGet(() ->
                          ApiResponse.error(503, "this host could not be searched, try again"))));
        });
  }

  /** Who has each address, as the allocator knows it. */
  private static Map<String, String> owners(Map<String, OwnedAddresses> owned) {
    Map<String, String> owners = new HashMap<>();
    owned.forEach((ident, addresses) -> {
      for (Cidr cidr : addresses.cidrs()) {
        owners.put(cidr.toString(), ident);
      }
    });
    return owners;
  }

  /** An interface of a container, or the bridge. */
  private record Line(String id, String mac) {}

  private static String text(
      PeerName self, List<Attachment> attachments, Map<String, String> owners, List<String> ids) {
    Map<Line, List<String>> lines = new LinkedHashMap<>();
    lines.put(new Line(IpamProtocol.EXPOSE_IDENT, self.toString()), new ArrayList<>());
    for (Attachment attachment : attachments) {
      Optional<String> address = attachment.address().map(Ipv4Prefix::toString);
      String ident = address.map(owners::get).orElse(attachment.ident());
      int mark = ident.indexOf(INTERFACE_MARK);
      List<String> addresses =
          lines.computeIfAbsent(
              new Line(mark < 0 ? ident : ident.substring(0, mark), attachment.mac().toString()),
              line -> new ArrayList<>());
      address.ifPresent(addresses::add);
    }
    StringBuilder text = new StringBuilder();
    lines.forEach((line, addresses) -> {
      if (ids.isEmpty() || ids.stream().anyMatch(id -> isMeant(id, line.id()))) {
        text.append(shortened(line.id())).append(' ').append(line.mac());
        addresses.forEach(address -> text.append(' ').append(address));
        text.append('\n');
      }
    });
    return text.toString();
  }

  /** Any beginning of a long id means it, as container runtimes have it. */
  private static boolean isMeant(String wanted, String id) {
    return id.equals(wanted) || (LONG_ID.matcher(id).matches() && id.startsWith(wanted));
  }

  private static String shortened(String id) {
    return LONG_ID.matcher(id).matches() ? id.substring(0, SHORT_ID_LENGTH) : id;
  }
}
