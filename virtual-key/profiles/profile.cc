#include "virtual-key/profiles/profile.h"

#include <fstream>
#include <iterator>

#include "harness/base/assets.h"
#include "harness/base/nearest.h"

namespace keyrig::assets {
std::span<const Asset> keyrig_profiles();
}

namespace keyrig::profiles {
namespace {

constexpr std::string_view kFolder = "virtual-key/profiles/models/";
constexpr std::string_view kEnding = ".json";

}  // namespace

std::vector<std::string> BuiltInNames() {
  std::vector<std::string> names;
  for (const Asset& asset : assets::keyrig_profiles()) {
    std::string_view name = asset.path.substr(kFolder.size());
    name.remove_suffix(kEnding.size());
    names.emplace_back(name);
  }
  return names;
}

Result<Profile, Error> Load(std::string_view name_or_path) {
  const std::string path = std::string(kFolder) + std::string(name_or_path) + std::string(kEnding);
  if (const auto built_in = FindAsset(assets::keyrig_profiles(), path)) {
    return Parse(path, *built_in);
  }
  const std::string file(name_or_path);
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) {
    return Fail("\"" + file + "\" is neither a readable file nor a profile of keyrig; " +
                strict_json::Suggestion(file, BuiltInNames()));
  }
  return Parse(file, text);
}

}  // namespace keyrig::profiles
