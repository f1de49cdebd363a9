package io.weft.router.status;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import io.weft.gossip.ConnectionStatus;
import io.weft.gossip.MeshMetric;
import io.weft.gossip.PeerName;
import io.weft.gossip.PeerStatus;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The JSON of {@code /report} (ipam.md 9.5): 4 spaces, fields in this order, null for no list. */
public final class Report {
  private final JsonGenerator json;

  private Report(JsonGenerator json) {
    this.json = json;
  }

  /** The report, without a newline at its end. */
  public static String of(RouterStatus status) {
    StringWriter text = new StringWriter();
    Separators separators =
        Separators.createDefaultInstance()
            .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
            .withObjectEmptySeparator("")
            .withArrayEmptySeparator("");
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter(separators);
    DefaultIndenter indenter = new DefaultIndenter("    ", "\n");
    printer.indentObjectsWith(indenter);
    printer.indentArraysWith(indenter);
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.setPrettyPrinter(printer);
      new Report(json).write(status);
    } catch (IOException e) {
      throw new UncheckedIOException("memory took no characters", e);
    }
    return text.toString();
  }

  /** Writes one element of a list. */
  @FunctionalInterface
  interface Element<T> {
    void write(T value) throws IOException;
  }

  private void write(RouterStatus status) throws IOException {
    json.writeStartObject();
    json.writeBooleanField("Ready", status.ready());
    json.writeStringField("Version", status.version());
    json.writeObjectFieldStart("VersionCheck");
    json.writeBooleanField("Enabled", false);
    json.writeBooleanField("Success", false);
    json.writeStringField("NewVersion", "");
    json.writeStringField("NextCheckAt", "0001-01-01T00:00:00Z");
    json.writeEndObject();
    writeRouter(status);
    if (status.ipam() != null) {
      new IpamReport(json).write(status.ipam());
    }
    json.writeEndObject();
  }

  private void writeRouter(RouterStatus status) throws IOException {
    json.writeObjectFieldStart("Router");
    json.writeStringField("Protocol", "weave");
    json.writeNumberField("ProtocolMinVersion", status.minProtocolVersion());
    json.writeNumberField("ProtocolMaxVersion", RouterStatus.MAX_PROTOCOL_VERSION);
    json.writeBooleanField("Encryption", status.encryption());
    json.writeBooleanField("PeerDiscovery", status.discovery());
    json.writeStringField("Name", status.name().toString());
    json.writeStringField("NickName", status.nickName());
    json.writeNumberField("Port", status.port());
    list("Peers", status.peers(), this::writePeer);
    list("UnicastRoutes", status.routes().unicastTable().entrySet(), this::writeUnicastRoute);
    list("BroadcastRoutes", status.routes().broadcastTable().entrySet(), this::writeBroadcast);
    list("Connections", status.connections(), this::writeConnection);
    json.writeNumberField(
        "TerminationCount",
        status.meshCounters().getOrDefault(MeshMetric.CONNECTIONS_TERMINATED, 0L));
    list("Targets", status.targets(), json::writeString);
    json.writeObjectFieldStart("OverlayDiagnostics");
    for (Map.Entry<String, Map<String, Object>> overlay : status.overlays().entrySet()) {
      writeDiagnostics(overlay.getKey(), overlay.getValue());
    }
    json.writeEndObject();
    json.writeArrayFieldStart("TrustedSubnets");
    for (String subnet : status.trustedSubnets()) {
      json.writeString(subnet);
    }
    json.writeEndArray();
    String port = status.bridgePort();
    json.writeStringField("Interface", port == null ? "no overlay bridge" : port);
    writeCaptureStatistics(status.captureStatistics());
    list("MACs", status.macs(), this::writeMac);
    json.writeEndObject();
  }

  private void writeDiagnostics(String overlay, Map<String, Object> facts) throws IOException {
    if (facts.isEmpty()) {
      json.writeNullField(overlay);
      return;
    }
    json.writeObjectFieldStart(overlay);
    for (Map.Entry<String, Object> fact : facts.entrySet()) {
      json.writeObjectField(fact.getKey(), fact.getValue());
    }
    json.writeEndObject();
  }

  private <T> void list(String name, Collection<T> values, Element<T> element) throws IOException {
    writeList(json, name, values, element);
  }

  static <T> void writeList(
      JsonGenerator json, String name, Collection<T> values, Element<T> element)
      throws IOException {
    if (values.isEmpty()) {
      json.writeNullField(name);
      return;
    }
    json.writeArrayFieldStart(name);
    for (T value : values) {
      element.write(value);
    }
    json.writeEndArray();
  }

  private void writePeer(PeerStatus peer) throws IOException {
    json.writeStartObject();
    json.writeStringField("Name", peer.name().toString());
    json.writeStringField("NickName", peer.nickName());
    writeUnsigned("UID", peer.uid());
    json.writeNumberField("ShortID", peer.shortId());
    writeUnsigned("Version", peer.version());
    list("Connections", peer.connections(), this::writeLink);
    json.writeEndObject();
  }

  private void writeLink(PeerStatus.Link link) throws IOException {
    json.writeStartObject();
    json.writeStringField("Name", link.name().toString());
    json.writeStringField("NickName", link.nickName());
    json.writeStringField("Address", link.address());
    json.writeBooleanField("Outbound", link.outbound());
    json.writeBooleanField("Established", link.established());
    json.writeEndObject();
  }

  private void writeUnicastRoute(Map.Entry<PeerName, PeerName> route) throws IOException {
    json.writeStartObject();
    json.writeStringField("Dest", route.getKey().toString());
    json.writeStringField("Via", route.getValue().toString());
    json.writeEndObject();
  }

  private void writeBroadcast(Map.Entry<PeerName, ? extends Collection<PeerName>> route)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("Source", route.getKey().toString());
    writeList(json, "Via", route.getValue(), via -> json.writeString(via.toString()));
    json.writeEndObject();
  }

  private void writeConnection(ConnectionStatus connection) throws IOException {
    json.writeStartObject();
    json.writeStringField("Address", connection.address());
    json.writeBooleanField("Outbound", connection.outbound());
    json.writeStringField("State", connection.state().toString());
    json.writeStringField("Info", connection.info());
    Map<String, Object> attributes = connection.attributes();
    if (attributes == null) {
      json.writeNullField("Attrs");
    } else {
      json.writeObjectFieldStart("Attrs");
      for (Map.Entry<String, Object> attribute : attributes.entrySet()) {
        json.writeFieldName(attribute.getKey());
        writeAttribute(attribute.getValue());
      }
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private void writeAttribute(Object value) throws IOException {
    switch (value) {
      case Boolean flag -> json.writeBoolean(flag);
      case Integer number -> json.writeNumber(number);
      case Long number -> json.writeNumber(number);
      default -> json.writeString(value.toString());
    }
  }

  private void writeCaptureStatistics(long @Nullable [] statistics) throws IOException {
    if (statistics == null) {
      json.writeNullField("CaptureStats");
      return;
    }
    json.writeObjectFieldStart("CaptureStats");
    json.writeNumberField("PacketsDropped", statistics[1]);
    json.writeNumberField("PacketsIfDropped", statistics[2]);
    json.writeNumberField("PacketsReceived", statistics[0]);
    json.writeEndObject();
  }

  private void writeMac(RouterStatus.MacStatus mac) throws IOException {
    json.writeStartObject();
    json.writeStringField("Mac", mac.mac());
    json.writeStringField("Name", mac.peer().toString());
    json.writeStringField("NickName", mac.nickName());
    json.writeStringField("LastSeen", mac.lastSeen().toString());
    json.writeEndObject();
  }

  private void writeUnsigned(String name, long value) throws IOException {
    json.writeFieldName(name);
    json.writeNumber(Long.toUnsignedString(value));
  }
}
