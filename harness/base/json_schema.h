#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace keyrig {

/// A JSON Schema (draft 7) for tests, which hold it against what the code takes and writes.
class JsonSchema {
 public:
  /// Throws what the standard library and the parsers throw where the file is no schema.
  explicit JsonSchema(const std::string& file);
  ~JsonSchema();

  bool Accepts(const nlohmann::json& json) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace keyrig
