#include "harness/base/json_schema.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace keyrig {

using Adapter = valijson::adapters::NlohmannJsonAdapter;

struct JsonSchema::Compiled {
  valijson::Schema schema;
};

JsonSchema::JsonSchema(const std::string& file) : compiled_(std::make_unique<Compiled>()) {
  std::ifstream stream(file);
  const auto json = nlohmann::json::parse(stream);
  valijson::SchemaParser(valijson::SchemaParser::kDraft7)
      .populateSchema(Adapter(json), compiled_->schema);
}

JsonSchema::~JsonSchema() = default;

bool JsonSchema::Accepts(const nlohmann::json& json) const {
  return valijson::Validator().validate(compiled_->schema, Adapter(json), nullptr);
}

}  // namespace keyrig
