#include "virtual-key/transport/hidraw_node.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace keyrig::transport {
namespace {

class HidrawNodeTest : public testing::Test {
 protected:
  HidrawNodeTest()
      : sys_class_(std::filesystem::path(testing::TempDir()) /
                   ("hidraw_node_test." + std::to_string(::getpid()))) {}
  ~HidrawNodeTest() override { std::filesystem::remove_all(sys_class_); }

  void Add(const std::string& index, const std::string& uniq) {
    std::filesystem::create_directories(sys_class_ / index / "device");
    std::ofstream(sys_class_ / index / "device" / "uevent")
        << "DRIVER=hid-generic\nHID_ID=0003:00001209:00000001\nHID_NAME=key\nHID_PHYS=\nHID_UNIQ="
        << uniq << "\nMODALIAS=hid:b0003g0001v00001209p00000001\n";
  }

  const std::filesystem::path sys_class_;
};

TEST_F(HidrawNodeTest, ANodeIsFoundByTheUniqOfItsDevice) {
  Add("hidraw0", "other");
  Add("hidraw7", "keyrig-1");
  Add("hidraw8", "keyrig-12");
  EXPECT_EQ(FindHidrawNode("keyrig-1", sys_class_), "/dev/hidraw7");
}

TEST_F(HidrawNodeTest, NothingIsFoundWhereNoDeviceHasIt) {
  EXPECT_FALSE(FindHidrawNode("keyrig-1", sys_class_).has_value());
  Add("hidraw8", "keyrig-12");
  EXPECT_FALSE(FindHidrawNode("keyrig-1", sys_class_).has_value());
}

}  // namespace
}  // namespace keyrig::transport
