#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "reports/reporter.h"

namespace keyrig::reports {
namespace {

using Json = nlohmann::ordered_json;

Json FieldsJson(const std::vector<EventField>& fields) {
  Json json = Json::array();
  for (const EventField& field : fields) {
    Json one = {{"name", field.name}, {"value", field.value}};
    if (field.secret) one["secret"] = true;
    json.push_back(std::move(one));
  }
  return json;
}

Json WhatHappened(const Event& event) {
  return {{"source", event.source},
          {"ordinal", event.ordinal},
          {"step", event.step},
          {"kind", event.kind},
          {"fields", FieldsJson(event.fields)}};
}

Json WhatStandsBeside(const Event& event) {
  Json json = {{"source", event.source},
               {"ordinal", event.ordinal},
               {"at", ToRfc3339(event.at)},
               {"took_us", event.took.count()}};
  if (!event.beside.empty()) json["beside"] = FieldsJson(event.beside);
  return json;
}

class JsonLines final : public Reporter {
 public:
  using Line = Json (*)(const Event&);
  JsonLines(const std::filesystem::path& file, std::ofstream out, Line line)
      : file_(file), out_(std::move(out)), line_(line) {}

  void Receive(const Event& event) override {
    out_ << line_(event).dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  }

  Result<void, Error> Finish() override {
    out_.flush();
    if (!out_) return Fail(fmt::format("{} could not be written", file_.string()));
    return {};
  }

 private:
  std::filesystem::path file_;
  std::ofstream out_;
  Line line_;
};

Result<std::unique_ptr<Reporter>, Error> OpenLines(const std::filesystem::path& file,
                                                   JsonLines::Line line) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  if (!out) {
    return Fail(fmt::format("{} cannot be written: {}", file.string(), std::strerror(errno)));
  }
  return std::make_unique<JsonLines>(file, std::move(out), line);
}

}  // namespace

Result<std::unique_ptr<Reporter>, Error> JsonLinesReport(const std::filesystem::path& file) {
  return OpenLines(file, WhatHappened);
}

Result<std::unique_ptr<Reporter>, Error> TimesReport(const std::filesystem::path& file) {
  return OpenLines(file, WhatStandsBeside);
}

}  // namespace keyrig::reports
