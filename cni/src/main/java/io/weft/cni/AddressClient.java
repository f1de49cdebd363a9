package io.weft.cni;

import io.weft.linux.Ipv4Address;
import io.weft.linux.Ipv4Prefix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The address allocator behind the control API (ipam.md 8.2). Addresses belong to an identity, such
 * as a container id.
 *
 * <p>Every method throws {@link ControlException} when the router refuses, with its reason, and
 * {@link java.net.ConnectException} when there is none. Any thread.
 */
public final class AddressClient {
  /** What an answer reads when the router gave up waiting; its status still says success. */
  private static final String CANCELLED = "cancelled";

  /** Has the router free the addresses some time after their container is gone (ipam.md 6.4). */
  private static final String FOR_CONTAINER = "?check-alive=true";

  private final ControlClient client;
  private final Waiting waiting;
  private final String manner;

  /** Sends a request that the router may keep waiting. */
  private interface Waiting {
    ControlAnswer request(String method, String path) throws IOException;
  }

  /** For the router behind {@code client}, whose timeout bounds the requests that wait. */
  public AddressClient(ControlClient client) {
    this.client = client;
    this.waiting = client::request;
    this.manner = "";
  }

  /**
   * For the router behind {@code client}.
   *
   * @param patient sends the requests that wait
   * @param isForContainer whether the addresses are to be freed after their container is gone
   */
  public AddressClient(ControlClient client, PatientClient patient, boolean isForContainer) {
    this.client = client;
    this.waiting = patient::request;
    this.manner = isForContainer ? FOR_CONTAINER : "";
  }

  /**
   * Allocates an address, or returns the one that the identity has already. Waits until there is
   * one.
   *
   * @param subnet where from; the default subnet if not given
   */
  public Ipv4Prefix allocate(String identity, Optional<Ipv4Prefix> subnet) throws IOException {
    return prefix(succeeded(waiting.request("POST", path(identity) + in(subnet) + manner)));
  }

  /** Claims one address for an identity. Waits until its owner has agreed. */
  public void claim(String identity, Ipv4Prefix address) throws IOException {
    ControlAnswer answer =
        succeeded(waiting.request("PUT", path(identity) + in(Optional.of(address)) + manner));
    if (answer.body().strip().equals(CANCELLED)) {
      throw cancelled(answer);
    }
  }

  /**
   * The addresses that an identity has; never waits.
   *
   * @param subnet where; the default subnet if not given
   */
  public List<Ipv4Prefix> lookup(String identity, Optional<Ipv4Prefix> subnet) throws IOException {
    ControlAnswer answer = request("GET", path(identity) + in(subnet));
    List<Ipv4Prefix> found = new ArrayList<>();
    for (String text : answer.body().strip().split("\\s+", -1)) {
      if (!text.isEmpty()) {
        found.add(prefix(new ControlAnswer(answer.status(), text)));
      }
    }
    return List.copyOf(found);
  }

  /** Gives all addresses of an identity back; refused if it has none. */
  public void release(String identity) throws IOException {
    request("DELETE", path(identity));
  }

  /** Gives one address of an identity back; refused if it does not have it. */
  public void release(String identity, Ipv4Address address) throws IOException {
    request("DELETE", path(identity) + "/" + address);
  }

  /** The subnet that addresses come from unless another is asked for. */
  public Ipv4Prefix defaultSubnet() throws IOException {
    return prefix(request("GET", "/ipinfo/defaultsubnet"));
  }

  private ControlAnswer request(String method, String path) throws IOException {
    return succeeded(client.request(method, path));
  }

  private static ControlAnswer succeeded(ControlAnswer answer) throws ControlException {
    if (!answer.succeeded()) {
      throw new ControlException(answer);
    }
    return answer;
  }

  private static Ipv4Prefix prefix(ControlAnswer answer) throws ControlException {
    String text = answer.body().strip();
    if (text.equals(CANCELLED)) {
      throw cancelled(answer);
    }
    try {
      return Ipv4Prefix.parse(text);
    } catch (IllegalArgumentException e) {
      ControlException failure =
          new ControlException(answer.status(), "the router answered with no address");
      failure.initCause(e);
      throw failure;
    }
  }

  private static ControlException cancelled(ControlAnswer answer) {
    return new ControlException(answer.status(), "the router cancelled the request");
  }

  private static String path(String identity) {
    if (identity.isEmpty()) {
      throw new IllegalArgumentException("an identity is not empty");
    }
    return "/ip/" + ControlClient.pathPart(identity);
  }

  private static String in(Optional<Ipv4Prefix> subnet) {
    return subnet.map(prefix -> "/" + prefix).orElse("");
  }
}
