#include "virtual-key/journal/writer.h"

#include <utility>

namespace keyrig::journal {

std::unique_ptr<Writer> MakeWriter(Format format, Wire wire, const std::string& transport) {
  switch (format) {
    case Format::kText:
      return MakeTextWriter(wire, transport);
    case Format::kJsonLines:
      return MakeJsonWriter(wire, transport);
    case Format::kPcapng:
      break;
  }
  return MakePcapngWriter(wire, transport);
}

std::optional<Format> FormatOf(std::string_view name) {
  if (name == "text") return Format::kText;
  if (name == "jsonl") return Format::kJsonLines;
  if (name == "pcapng") return Format::kPcapng;
  return std::nullopt;
}

std::optional<Format> FormatByEnding(std::string_view file) {
  if (file.ends_with(".txt") || file.ends_with(".log")) return Format::kText;
  if (file.ends_with(".jsonl")) return Format::kJsonLines;
  if (file.ends_with(".pcapng")) return Format::kPcapng;
  return std::nullopt;
}

}  // namespace keyrig::journal
