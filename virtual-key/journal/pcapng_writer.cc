#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "virtual-key/journal/decoding.h"
#include "virtual-key/journal/pcapng.h"
#include "virtual-key/journal/tracker.h"
#include "virtual-key/journal/writer.h"

namespace keyrig::journal {
namespace {

/// "authenticatorGetInfo: OK".
std::string Comment(const std::vector<Transaction>& transactions) {
  std::string text;
  for (const Transaction& transaction : transactions) {
    const Decoding decoding = Decode(transaction);
    text += (text.empty() ? "" : "\n") + decoding.command + ": " + decoding.status;
  }
  return text;
}

/// Packets one by one. The one with which a transaction ends has a comment that says what it was,
/// since no version of Wireshark decodes CTAP itself.
class PcapngWriter final : public Writer {
 public:
  PcapngWriter(Wire wire, std::string transport)
      : wire_(wire), transport_(std::move(transport)), tracker_(MakeTracker(wire)) {}

  std::string Begin() override {
    const pcapng::LinkType link =
        wire_ == Wire::kHid ? pcapng::LinkType::kUsbLinuxMmapped : pcapng::LinkType::kIso14443;
    return pcapng::SectionHeader() + pcapng::Interface(link, transport_);
  }

  std::string Write(const Entry& entry) override {
    pcapng::PacketNotes notes{.comment = Comment(tracker_->Receive(entry)), .lost = lost_};
    lost_ = 0;
    if (wire_ == Wire::kCard) return CardPacket(entry, notes);
    std::string text;
    if (!std::exchange(has_described_, true)) text = pcapng::UsbDescriptors(entry.at);
    if (entry.kind == Entry::Kind::kPowerUp) return text;
    return text + pcapng::UsbInterrupt(entry.kind == Entry::Kind::kToKey, ++urb_, entry.at,
                                       entry.packet, notes);
  }

  std::string Lose(std::uint64_t entries) override {
    lost_ += entries;
    return {};
  }

  std::string End() override { return {}; }

 private:
  std::string CardPacket(const Entry& entry, const pcapng::PacketNotes& notes) {
    switch (entry.kind) {
      case Entry::Kind::kPowerUp:
        block_ = true;
        return pcapng::CardField(entry.at, notes);
      case Entry::Kind::kToKey:
        block_ = !block_;
        break;
      case Entry::Kind::kFromKey:
        break;
    }
    return pcapng::CardBlock(entry.kind == Entry::Kind::kToKey, block_, entry.at, entry.packet,
                             notes);
  }

  const Wire wire_;
  const std::string transport_;
  const std::unique_ptr<Tracker> tracker_;
  std::uint64_t lost_ = 0;
  bool has_described_ = false;
  std::uint64_t urb_ = pcapng::kFirstUrb;
  bool block_ = true;  // the number of the block, which alternates
};

}  // namespace

std::unique_ptr<Writer> MakePcapngWriter(Wire wire, const std::string& transport) {
  return std::make_unique<PcapngWriter>(wire, transport);
}

}  // namespace keyrig::journal
