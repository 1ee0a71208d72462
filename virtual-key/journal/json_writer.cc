#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "virtual-key/journal/decoding.h"
#include "virtual-key/journal/tracker.h"
#include "virtual-key/journal/writer.h"

namespace keyrig::journal {
namespace {

/// In the order in which they were on the wire.
using Json = nlohmann::ordered_json;

Json ToJson(const std::vector<ctap::MemberText>& members) {
  Json object = Json::object();
  for (const ctap::MemberText& member : members) object[member.name] = member.value;
  return object;
}

Json MessageJson(ByteView message, const ctap::BodyText& body) {
  Json object{{"hex", ToHex(message)}};
  if (!body.members.empty()) object["members"] = ToJson(body.members);
  if (!body.other.empty()) object["other"] = body.other;
  return object;
}

const char* ProtocolName(Transaction::Protocol protocol) {
  switch (protocol) {
    case Transaction::Protocol::kCtap2:
      return "ctap2";
    case Transaction::Protocol::kU2f:
      return "u2f";
    case Transaction::Protocol::kLine:
      break;
  }
  return "line";
}

Json PacketsJson(const Transaction& transaction) {
  Json packets = Json::array();
  for (const Entry& entry : transaction.packets) {
    packets.push_back({{"at_us", entry.at.time_since_epoch().count()},
                       {"from", entry.kind == Entry::Kind::kToKey ? "client" : "key"},
                       {"hex", ToHex(entry.packet)}});
  }
  return packets;
}

/// A transaction a line, as schema/journal.schema.json has it.
class JsonWriter final : public Writer {
 public:
  JsonWriter(Wire wire, std::string transport)
      : transport_(std::move(transport)), tracker_(MakeTracker(wire)) {}

  std::string Begin() override { return {}; }

  std::string Write(const Entry& entry) override {
    std::string lines = Lines(tracker_->Receive(entry));
    if (entry.kind == Entry::Kind::kPowerUp) {
      lines += Line({{"kind", "power_up"},
                     {"transport", transport_},
                     {"at_us", entry.at.time_since_epoch().count()}});
    }
    return lines;
  }

  std::string Lose(std::uint64_t entries) override {
    return Line({{"kind", "lost"}, {"transport", transport_}, {"packets", entries}});
  }

  std::string End() override { return Lines(tracker_->End()); }

 private:
  /// Text of clients may be no UTF-8; a line is.
  static std::string Line(const Json& object) {
    return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }

  std::string Lines(const std::vector<Transaction>& transactions) const {
    std::string lines;
    for (const Transaction& transaction : transactions) lines += Line(ToObject(transaction));
    return lines;
  }

  Json ToObject(const Transaction& transaction) const {
    const Decoding decoding = Decode(transaction);
    Json object{{"kind", "transaction"},
                {"transport", transport_},
                {"protocol", ProtocolName(transaction.protocol)},
                {"command", decoding.command},
                {"status", decoding.status},
                {"at_us", transaction.begin.time_since_epoch().count()},
                {"took_us", (transaction.end - transaction.begin).count()}};
    if (transaction.channel) object["channel"] = fmt::format("{:08x}", *transaction.channel);
    if (transaction.status_word) {
      object["status_word"] = fmt::format("{:04x}", *transaction.status_word);
    }
    object["request"] = MessageJson(transaction.request, decoding.request);
    if (transaction.answer) object["answer"] = MessageJson(*transaction.answer, decoding.response);
    if (!decoding.authenticator_data.empty()) {
      object["authenticator_data"] = ToJson(decoding.authenticator_data);
    }
    object["keepalives"] = transaction.keepalives;
    object["awaited_touch_us"] = transaction.awaited_touch.count();
    object["cancelled"] = transaction.was_cancelled;
    object["packets"] = PacketsJson(transaction);
    return object;
  }

  const std::string transport_;
  const std::unique_ptr<Tracker> tracker_;
};

}  // namespace

std::unique_ptr<Writer> MakeJsonWriter(Wire wire, const std::string& transport) {
  return std::make_unique<JsonWriter>(wire, transport);
}

}  // namespace keyrig::journal
