#include "harness/app/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "harness/app/temporary_folder.h"

namespace keyrig::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

class CatalogueTest : public testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text) {
    fs::create_directories((folder_.Path() / path).parent_path());
    std::ofstream(folder_.Path() / path) << text;
  }
  void WriteScenario(const std::string& path, const std::string& tenant = "contoso") {
    Write(path, R"({ "name": ")" + fs::path(path).stem().string() +
                    R"(", "intent": "i", "tenant": ")" + tenant +
                    R"(", "steps": [ { "plug_key": {} } ] })");
  }
  Result<Catalogue, Error> Load() { return LoadCatalogue(folder_.Path()); }
  std::string Refusal() {
    const auto loaded = Load();
    return loaded ? "accepted" : loaded.error().message;
  }
  static std::vector<std::string> Selected(const Catalogue& catalogue,
                                           const std::vector<std::string>& filters) {
    const auto selected = catalogue.Select(filters);
    if (!selected) return {"error: " + selected.error().message};
    std::vector<std::string> names;
    for (const auto* each : *selected) names.push_back(each->theme + "/" + each->name);
    return names;
  }

  TemporaryFolder folder_ = TemporaryFolder::Make().value();
};

TEST_F(CatalogueTest, HoldsTheMainJob) {
  const auto catalogue = LoadCatalogue(std::nullopt);
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  EXPECT_THAT(Selected(*catalogue, {"enable_register_sign_in"}),
              ElementsAre("main/enable_register_sign_in"));
  EXPECT_TRUE(catalogue->tenants.contains("contoso"));
}

TEST_F(CatalogueTest, SelectsByNameThemeAndGlob) {
  WriteScenario("flows/one/a.json");
  WriteScenario("flows/one/ab.json");
  WriteScenario("flows/two/b.json");
  const auto catalogue = Load();
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  EXPECT_THAT(Selected(*catalogue, {}), ElementsAre("one/a", "one/ab", "two/b"));
  EXPECT_THAT(Selected(*catalogue, {"b"}), ElementsAre("two/b"));
  EXPECT_THAT(Selected(*catalogue, {"a*"}), ElementsAre("one/a", "one/ab"));
  EXPECT_THAT(Selected(*catalogue, {"one"}), ElementsAre("one/a", "one/ab"));
  EXPECT_THAT(Selected(*catalogue, {"*/b", "a"}), ElementsAre("one/a", "two/b"));
}

TEST_F(CatalogueTest, NamesWhatIsNearToAnUnknownFilter) {
  WriteScenario("flows/one/wrong_pin.json");
  const auto catalogue = Load();
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  EXPECT_THAT(Selected(*catalogue, {"wrong_pim"}),
              ElementsAre("error: no scenario matches \"wrong_pim\"; did you mean wrong_pin?"));
  EXPECT_THAT(
      Selected(*catalogue, {"wrong_pin", "zzz"}),
      ElementsAre("error: no scenario matches \"zzz\"; `keyrig list scenarios` shows them"));
}

TEST_F(CatalogueTest, ListsEveryFileThatIsWrong) {
  Write("flows/one/a.json", "{}");
  Write("flows/one/b.json", "[");
  const std::string message = Refusal();
  EXPECT_THAT(message, HasSubstr("flows/one/a.json:1:1: $: the member \"name\" is missing"));
  EXPECT_THAT(message, HasSubstr("flows/one/b.json:1:"));
}

TEST_F(CatalogueTest, RefusesFaultsAndModelsThatTheVirtualKeyDoesNotKnow) {
  Write("flows/one/a.json", R"({ "name": "a", "intent": "i", "tenant": "contoso", "steps": [
      { "plug_key": {} }, { "set_fault": { "fault": "bad_signatur always" } } ] })");
  Write("flows/one/b.json", R"({ "name": "b", "intent": "i", "tenant": "contoso",
      "key": { "model": "smal_key" }, "steps": [ { "plug_key": {} } ] })");
  const std::string message = Refusal();
  EXPECT_THAT(message, HasSubstr("a.json: $.steps[1].set_fault.fault: "));
  EXPECT_THAT(message, HasSubstr("bad_signature"));
  EXPECT_THAT(message, HasSubstr("b.json: $.key.model: there is no model \"smal_key\"; did you "
                                 "mean \"small_key\"?"));
}

TEST_F(CatalogueTest, RefusesTwoScenariosOfOneName) {
  WriteScenario("flows/one/a.json");
  WriteScenario("flows/two/a.json");
  EXPECT_THAT(Refusal(), HasSubstr("a scenario of this name is also in"));
}

TEST_F(CatalogueTest, TakesTenantsFromTheFolder) {
  WriteScenario("flows/one/a.json", "fabrikam");
  EXPECT_THAT(Refusal(), HasSubstr("a.json: $.tenant: there is no "));
  EXPECT_THAT(Refusal(), HasSubstr("tenants/fabrikam.json"));
  Write("tenants/fabrikam.json", "{}");
  EXPECT_THAT(Refusal(), HasSubstr("tenants/fabrikam.json: $: the member"));
  Write("tenants/fabrikam.json", directory::BuiltInTenant());
  EXPECT_EQ(Refusal(), "accepted");
}

TEST_F(CatalogueTest, RefusesAFolderWithoutScenarios) {
  EXPECT_THAT(Refusal(), HasSubstr("there is no scenario (*.json) in it"));
}

}  // namespace
}  // namespace keyrig::app
