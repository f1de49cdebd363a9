package io.weft.router.status;

import com.fasterxml.jackson.core.JsonGenerator;
import io.weft.ipam.IpamStatus;
import java.io.IOException;

/** The part {@code IPAM} of the report (ipam.md 9.5). */
final class IpamReport {
  private final JsonGenerator json;

  IpamReport(JsonGenerator json) {
    this.json = json;
  }

  void write(IpamStatus ipam) throws IOException {
    json.writeObjectFieldStart("IPAM");
    IpamStatus.Bootstrap paxos = ipam.paxos();
    if (paxos == null) {
      json.writeNullField("Paxos");
    } else {
      json.writeObjectFieldStart("Paxos");
      json.writeBooleanField("Elector", paxos.isElector());
      json.writeNumberField("KnownNodes", paxos.knownNodes());
      json.writeNumberField("Quorum", paxos.quorum());
      json.writeEndObject();
    }
    json.writeStringField("Range", ipam.universe().toString());
    json.writeNumberField("RangeNumIPs", ipam.universeSize());
    json.writeNumberField("ActiveIPs", ipam.activeAddresses());
    json.writeStringField("DefaultSubnet", ipam.defaultSubnet().toString());
    Report.writeList(json, "Entries", ipam.entries(), this::writeEntry);
    Report.writeList(json, "PendingClaims", ipam.pendingClaims(), this::writeClaim);
    Report.writeList(json, "PendingAllocates", ipam.pendingAllocates(), json::writeString);
    writeHealth(ipam.health());
    json.writeEndObject();
  }

  /** Ours, behind the fields of the original. */
  private void writeHealth(IpamStatus.Health health) throws IOException {
    json.writeObjectFieldStart("Health");
    json.writeStringField("Withheld", health.withheld());
    Report.writeList(json, "Quarantined", health.quarantined(), this::writeQuarantined);
    Report.writeList(json, "Disputed", health.disputed(), this::writeDisputed);
    json.writeNumberField("Contradictions", health.contradictions());
    json.writeEndObject();
  }

  private void writeQuarantined(IpamStatus.Quarantined quarantined) throws IOException {
    json.writeStartObject();
    Report.writeList(
        json, "Ranges", quarantined.ranges(), range -> json.writeString(range.toString()));
    json.writeStringField("Peer", quarantined.peer().toString());
    json.writeStringField("Nickname", quarantined.nickname());
    json.writeStringField("Cause", quarantined.cause());
    json.writeEndObject();
  }

  private void writeDisputed(IpamStatus.Disputed disputed) throws IOException {
    json.writeStartObject();
    json.writeStringField("Address", disputed.address());
    json.writeStringField("Ident", disputed.ident());
    json.writeStringField("Owner", disputed.owner().toString());
    json.writeStringField("Nickname", disputed.nickname());
    json.writeBooleanField("Duplicate", disputed.isDuplicate());
    json.writeEndObject();
  }

  private void writeEntry(IpamStatus.Entry entry) throws IOException {
    json.writeStartObject();
    json.writeStringField("Token", entry.token());
    json.writeNumberField("Size", entry.size());
    json.writeStringField("Peer", entry.peer().toString());
    json.writeStringField("Nickname", entry.nickname());
    json.writeBooleanField("IsKnownPeer", entry.isKnownPeer());
    json.writeNumberField("Version", entry.version());
    json.writeEndObject();
  }

  private void writeClaim(IpamStatus.Claim claim) throws IOException {
    json.writeStartObject();
    json.writeStringField("Ident", claim.ident());
    json.writeObjectFieldStart("CIDR");
    json.writeStringField("Addr", claim.cidr().addressText());
    json.writeNumberField("PrefixLen", claim.cidr().prefixLength());
    json.writeEndObject();
    json.writeEndObject();
  }
}
