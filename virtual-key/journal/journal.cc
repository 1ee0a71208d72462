#include "virtual-key/journal/journal.h"

#include <utility>

#include "virtual-key/journal/writer.h"

namespace keyrig::journal {

void Journal::Note(Entry entry) {
  const std::size_t weight = sizeof(Entry) + entry.packet.size();
  log_.Add(std::move(entry), weight);
}

void Journal::Read(Format format, bool follow, const std::stop_token& stop,
                   const Sink& sink) const {
  const std::unique_ptr<Writer> writer = MakeWriter(format, wire_, transport_);
  const auto write = [&](const std::string& piece) { return piece.empty() || sink(piece); };
  const std::uint64_t end = log_.Count();
  std::uint64_t next = 0;
  if (!write(writer->Begin())) return;
  while (follow || next < end) {
    if (const std::uint64_t first = log_.First(); next < first) {
      if (!write(writer->Lose(first - next))) return;
      next = first;
      continue;
    }
    const auto entry = log_.Wait(next, stop);
    if (!entry && next >= log_.First()) break;  // stopped
    if (!entry) continue;
    ++next;
    if (!write(writer->Write(*entry))) return;
  }
  write(writer->End());
}

}  // namespace keyrig::journal
