#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "run/wire/adb_devices.h"
#include "run/wire/device_address.h"
#include "run/wire/ssh_wire.h"
#include "wire/expect_refusal.h"

namespace sotto::test {
namespace {

using testing::HasSubstr;

std::string parts(const std::string& text) {
  const SshAddress address = parse_ssh_address(text);
  return address.destination + "|" + address.port;
}

TEST(Addresses, AreReadAsSshHasThem) {
  EXPECT_EQ(parts("board"), "board|");
  EXPECT_EQ(parts("root@192.168.1.7"), "root@192.168.1.7|");
  EXPECT_EQ(parts("root@board:2222"), "root@board|2222");
  EXPECT_EQ(parts("fe80::1"), "fe80::1|");
  EXPECT_EQ(parts("root@[fe80::1]:22"), "root@fe80::1|22");
  EXPECT_EQ(parts("a@b@board"), "a@b@board|");
}

TEST(Addresses, ThatSshWouldTakeForSomethingElseAreRefused) {
  for (const char* text :
       {"", "-oProxyCommand=x", "root@-x", "-l@board", "a b", "board\n", "@board", "root@",
        "board:", "board:0", "board:65536", "board:ssh", "board:2x", "[fe80::1", "[fe80::1]x"}) {
    expect_refusal(ErrorKind::usage, "expected HOST", [&] { (void)parse_ssh_address(text); });
  }
}

TEST(AdbDevices, AreReadFromItsList) {
  const auto devices = parse_adb_devices(
      "* daemon not running; starting now at tcp:5037\n* daemon started successfully\n"
      "List of devices attached\n"
      "0123456789ABCDEF       device usb:1-1 product:x model:y device:z transport_id:1\n"
      "192.168.1.7:5555       offline transport_id:2\n"
      "R58M\tunauthorized\n"
      "ABC no permissions (user in plugdev group; are your udev rules wrong?); see [http://x]\n\n");
  ASSERT_EQ(devices.size(), 4U);
  EXPECT_EQ(devices[0].serial, "0123456789ABCDEF");
  EXPECT_EQ(devices[0].state, "device");
  EXPECT_EQ(devices[1].state, "offline");
  EXPECT_EQ(devices[2].serial, "R58M");
  EXPECT_EQ(devices[2].state, "unauthorized");
  EXPECT_EQ(devices[3].state, "no permissions");
}

TEST(AdbDevices, AreChosenOrRefusedWithTheRemedy) {
  const std::vector<AdbDevice> two{{"A", "device"}, {"B", "unauthorized"}};
  EXPECT_EQ(choose_adb_device(two, "A"), "A");
  EXPECT_EQ(choose_adb_device({{"A", "device"}}, ""), "A");
  const auto refused = [](const std::vector<AdbDevice>& devices, const std::string& serial,
                          const char* words) {
    expect_refusal(ErrorKind::unavailable, words,
                   [&] { (void)choose_adb_device(devices, serial); });
  };
  refused({}, "", "allow USB debugging");
  refused(two, "", "adb sees several devices: say which with adb=SERIAL: A, B (unauthorized)");
  refused(two, "C", "adb sees no device \"C\", but A, B (unauthorized)");
  refused(two, "B", "answer the question on its screen");
  refused({{"A", "offline"}}, "", "is offline");
  refused({{"A", "no permissions"}}, "", "udev rule");
  refused({{"A", "recovery"}}, "", "in the state \"recovery\"");
}

TEST(SshFailures, HaveTheirRemedies) {
  const auto sentence = [](const char* said) { return ssh_failure({"root@board", ""}, said); };
  EXPECT_THAT(sentence("ssh: Could not resolve hostname board: Name or service not known\r\n"),
              HasSubstr("root@board: no such host"));
  EXPECT_THAT(sentence("ssh: connect to host board port 22: Connection refused\r\n"),
              HasSubstr("nothing listens there"));
  EXPECT_THAT(sentence("ssh: connect to host board port 22: Connection timed out\r\n"),
              HasSubstr("is it on"));
  EXPECT_THAT(sentence("root@board: Permission denied (publickey,password).\r\n"),
              HasSubstr("ssh-copy-id root@board"));
  EXPECT_THAT(sentence("@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\n...\n"
                       "Host key verification failed.\r\n"),
              HasSubstr("ssh-keygen -R root@board"));
  EXPECT_THAT(sentence("Host key verification failed.\r\n"), HasSubstr("connect once by hand"));
  EXPECT_THAT(sentence("a\nsomething new\r\n"), HasSubstr("and said: something new"));
  EXPECT_THAT(sentence(""), HasSubstr("ssh gave no answer"));
}

}  // namespace
}  // namespace sotto::test
