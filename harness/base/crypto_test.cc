#include "harness/base/crypto.h"

#include <gtest/gtest.h>

#include "harness/base/test_hex.h"

namespace keyrig::crypto {
namespace {

// FIPS 180-4 examples.
TEST(HashTest, Sha256) {
  EXPECT_EQ(ToHex(Sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(ToHex(Sha256(ViewOf("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(ToHex(Sha256(ViewOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(HashTest, Sha1) {
  EXPECT_EQ(ToHex(Sha1(ViewOf("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

// RFC 4231 §4: test cases 1, 2, 3, 6 and 7.
TEST(HmacTest, Sha256) {
  EXPECT_EQ(ToHex(HmacSha256(Bytes(20, 0x0b), ViewOf("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(ToHex(HmacSha256(ViewOf("Jefe"), ViewOf("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(ToHex(HmacSha256(Bytes(20, 0xaa), Bytes(50, 0xdd))),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(ToHex(HmacSha256(Bytes(131, 0xaa),
                             ViewOf("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(
      ToHex(HmacSha256(
          Bytes(131, 0xaa),
          ViewOf("This is a test using a larger than block-size key and a larger than block-size "
                 "data. The key needs to be hashed before being used by the HMAC algorithm."))),
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

// RFC 5869 appendix A: test cases 1, 2 and 3.
TEST(HkdfTest, Sha256) {
  EXPECT_EQ(ToHex(HkdfSha256(Bytes(22, 0x0b), Hex("000102030405060708090a0b0c"),
                             Hex("f0f1f2f3f4f5f6f7f8f9"), 42)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  const auto count = [](std::uint8_t from, std::uint8_t to) {
    Bytes bytes;
    for (int i = from; i <= to; ++i) bytes.push_back(static_cast<std::uint8_t>(i));
    return bytes;
  };
  EXPECT_EQ(
      ToHex(HkdfSha256(count(0x00, 0x4f), count(0x60, 0xaf), count(0xb0, 0xff), 82)),
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c6"
      "5e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
  EXPECT_EQ(ToHex(HkdfSha256(Bytes(22, 0x0b), {}, {}, 42)),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

// NIST SP 800-38A F.2.5 and F.2.6.
TEST(AesCbcTest, Aes256) {
  const Bytes key = Hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
  const Bytes iv = Hex("000102030405060708090a0b0c0d0e0f");
  const Bytes plain =
      Hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
          "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
  const Bytes cipher =
      Hex("f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
          "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b");
  EXPECT_EQ(Aes256CbcEncrypt(key, iv, plain).value(), cipher);
  EXPECT_EQ(Aes256CbcDecrypt(key, iv, cipher).value(), plain);
  EXPECT_EQ(Aes256CbcEncrypt(key, iv, {}).value(), Bytes{});
}

// NIST SP 800-38A F.2.1.
TEST(AesCbcTest, Aes128) {
  const Bytes key = Hex("2b7e151628aed2a6abf7158809cf4f3c");
  const Bytes iv = Hex("000102030405060708090a0b0c0d0e0f");
  const Bytes plain = Hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
  EXPECT_EQ(ToHex(Aes128CbcEncrypt(key, iv, plain).value()),
            "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2");
}

TEST(AesCbcTest, LengthsAreChecked) {
  const Bytes block(16);
  EXPECT_FALSE(Aes128CbcEncrypt(Bytes(32), block, block));
  EXPECT_FALSE(Aes256CbcEncrypt(block, block, block));
  EXPECT_FALSE(Aes256CbcEncrypt(Bytes(32), Bytes(12), block));
  EXPECT_FALSE(Aes256CbcEncrypt(Bytes(32), block, Bytes(15)));
  EXPECT_FALSE(Aes256CbcDecrypt(Bytes(32), block, Bytes(17)));
}

TEST(ConstantTimeEqualTest, ComparesLengthAndContent) {
  EXPECT_TRUE(ConstantTimeEqual(Bytes{1, 2}, Bytes{1, 2}));
  EXPECT_FALSE(ConstantTimeEqual(Bytes{1, 2}, Bytes{1, 3}));
  EXPECT_FALSE(ConstantTimeEqual(Bytes{1, 2}, Bytes{1, 2, 3}));
}

}  // namespace
}  // namespace keyrig::crypto
