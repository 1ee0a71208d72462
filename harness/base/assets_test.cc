#include "harness/base/assets.h"

#include <gtest/gtest.h>

#include <array>
#include <fstream>

namespace keyrig {
namespace {

constexpr std::array kEmbedded = {Asset{"portal/assets/a.html", "embedded a"},
                                  Asset{"portal/assets/b.html", "embedded b"}};

/// A checkout that holds a newer a.html and a file that was never embedded.
class AssetsTest : public testing::Test {
 protected:
  AssetsTest() {
    std::filesystem::create_directories(root / "portal/assets");
    std::ofstream(root / "portal/assets/a.html") << "newer a";
    std::ofstream(root / "portal/assets/secret.html") << "secret";
  }
  ~AssetsTest() override {
    ServeAssetsFrom({});
    std::filesystem::remove_all(root);
  }

  std::filesystem::path root = std::filesystem::path(testing::TempDir()) / "keyrig_assets_test";
};

TEST_F(AssetsTest, AreEmbedded) {
  EXPECT_EQ(FindAsset(kEmbedded, "portal/assets/a.html"), "embedded a");
  EXPECT_EQ(FindAsset(kEmbedded, "portal/assets/c.html"), std::nullopt);
}

TEST_F(AssetsTest, AreReadFromACheckoutOnceToldTo) {
  ServeAssetsFrom(root);
  EXPECT_EQ(FindAsset(kEmbedded, "portal/assets/a.html"), "newer a");
  EXPECT_EQ(FindAsset(kEmbedded, "portal/assets/b.html"), "embedded b");
}

TEST_F(AssetsTest, OnlyWhatWasEmbeddedIsServed) {
  ServeAssetsFrom(root);
  EXPECT_EQ(FindAsset(kEmbedded, "portal/assets/secret.html"), std::nullopt);
}

}  // namespace
}  // namespace keyrig
