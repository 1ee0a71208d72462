#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "harness/base/kept_log.h"
#include "virtual-key/journal/entry.h"
#include "virtual-key/journal/format.h"

namespace keyrig::journal {

/// What passes on the wire of one key: its latest packets, for readers that decode them. Noting one
/// costs a copy; a key without a journal notes nothing. Thread-safe.
class Journal {
 public:
  /// Bytes of packets, and of what it takes to keep them.
  static constexpr std::size_t kRoom = 4 << 20;

  /// `transport` is what readers are told: "uhid".
  Journal(Wire wire, std::string transport, std::size_t room = kRoom)
      : wire_(wire), transport_(std::move(transport)), log_(room) {}

  void Note(Entry entry);
  Wire OfWire() const { return wire_; }
  const std::string& Transport() const { return transport_; }

  /// Takes a piece of a file; false ends the reading.
  using Sink = std::function<bool(std::string_view piece)>;
  /// Writes what is kept to `sink`, in whole transactions or packets; following, also what comes
  /// until `stop` is requested, and then what has come until then.
  void Read(Format format, bool follow, const std::stop_token& stop, const Sink& sink) const;

 private:
  const Wire wire_;
  const std::string transport_;
  KeptLog<Entry> log_;
};

}  // namespace keyrig::journal
