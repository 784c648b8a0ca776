#include <cerrno>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run/doctor/device_nodes.h"
#include "run/doctor/known_socs.h"
#include "run/doctor/library_probe.h"
#include "run/doctor/system_facts.h"
#include "support/files.h"
#include "support/temp_folder.h"

// Systems that are made of files, and what is read of them.

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class System : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    write_file(root_ / path, text);
  }
  TempFolder root_;
};

/// Processors as an Arm kernel lists them.
std::string arm_processors(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    text += "processor\t: " + std::to_string(i) +
            "\nBogoMIPS\t: 26.00\nFeatures\t: fp asimd evtstrm aes asimdhp cpuid asimddp\n"
            "CPU implementer\t: 0x41\nCPU architecture: 8\nCPU part\t: " +
            parts[i] + "\n\n";
  }
  return text;
}

TEST_F(System, OfAGenio520IsReadFromItsDeviceTree) {
  using namespace std::string_literals;
  write("proc/device-tree/compatible", "mediatek,mt8371-evk\0mediatek,mt8371\0mediatek,mt8189\0"s);
  write("proc/device-tree/model", "MediaTek Genio-520 EVK\0"s);
  write("proc/cpuinfo",
        arm_processors({"0xd05", "0xd05", "0xd05", "0xd05", "0xd05", "0xd05", "0xd41", "0xd41"}));
  write("proc/meminfo", "MemTotal:        3900000 kB\nMemFree: 12 kB\nMemAvailable: 2800000 kB\n");
  write("proc/sys/kernel/osrelease", "6.6.37-mtk\n");
  write("etc/os-release", "NAME=Rity\nPRETTY_NAME=\"Rity Demo 24.1\"\n");
  const SystemFacts facts = system_facts(root_.path());
  EXPECT_EQ(facts.board, "MediaTek Genio-520 EVK");
  EXPECT_EQ(facts.soc, "mt8371");
  EXPECT_EQ(facts.soc_source, "/proc/device-tree/compatible");
  EXPECT_EQ(facts.kernel, "6.6.37-mtk");
  EXPECT_EQ(facts.os, "Rity Demo 24.1");
  EXPECT_THAT(facts.cores, ElementsAre(CoreKind{"Cortex-A55", 6}, CoreKind{"Cortex-A78", 2}));
  EXPECT_THAT(facts.features, ElementsAre("Advanced SIMD", "float16 arithmetic", "dot product"));
  EXPECT_EQ(facts.memory_bytes, 3900000ULL << 10U);
  EXPECT_EQ(facts.available_bytes, 2800000ULL << 10U);
  EXPECT_EQ(facts.c_library, "") << "that of the running program is not the other system's";
}

TEST_F(System, OfAPhoneIsReadFromAndroidsProperties) {
  write("vendor/build.prop", "# a comment\nro.board.platform=mt6989\nro.soc.model=MT6989W\n");
  write("system/build.prop", "ro.build.version.release=14\nro.product.model=Tablet\n");
  const SystemFacts facts = system_facts(root_.path());
  EXPECT_EQ(facts.soc, "mt6989");
  EXPECT_EQ(facts.soc_source, "ro.soc.model");
  EXPECT_EQ(facts.board, "Tablet");
  EXPECT_EQ(facts.os, "Android 14");
}

TEST_F(System, NamesTheSocThatItKnowsBeforeOthers) {
  write("proc/device-tree/compatible", "vendor,mt9999-board");
  write("sys/devices/soc0/soc_id", "MT8395\n");
  const SystemFacts facts = system_facts(root_.path());
  EXPECT_EQ(facts.soc, "mt8395");
  EXPECT_EQ(facts.soc_source, "/sys/devices/soc0/soc_id");
  fs::remove(root_ / "sys/devices/soc0/soc_id");
  EXPECT_EQ(system_facts(root_.path()).soc, "mt9999");
}

TEST_F(System, WithNothingInItHasNoFacts) {
  write("proc/meminfo", "MemTotal: 99999999999999999999 kB\nMemAvailable: -3 kB\n");
  write("proc/cpuinfo", "model name\t: Some CPU\nflags\t: sse avx2 fma avx512f_else\n:\n");
  fs::create_directories(root_ / "proc/device-tree/model");  // a folder in a file's place
  const SystemFacts facts = system_facts(root_.path());
  EXPECT_EQ(facts.soc, "");
  EXPECT_EQ(facts.board, "");
  EXPECT_EQ(facts.memory_bytes, 0U);
  EXPECT_EQ(facts.available_bytes, 0U);
  EXPECT_THAT(facts.cores, ElementsAre(CoreKind{"Some CPU", 1}));
  EXPECT_THAT(facts.features, ElementsAre("AVX2", "FMA"));
}

TEST(Socs, AreFoundInWhatSystemsCallThem) {
  EXPECT_THAT(socs_in("mediatek,mt8371-evk MT8189;mt83712 xmt8390 mt83a1"),
              ElementsAre("mt8371", "mt8189"));
  EXPECT_EQ(family_of("mt8371"), "mt8189");
  EXPECT_EQ(family_of("mt8391"), "mt8189");
  EXPECT_EQ(family_of("mt8390"), "mt8188");
  EXPECT_EQ(family_of("mt9999"), "mt9999");
  EXPECT_EQ(shown_soc("mt8390"), "MT8390 (Genio 700)");
  EXPECT_EQ(shown_soc("mt9999"), "MT9999");
  EXPECT_THAT(find_soc("mt8395")->refusal, HasSubstr("not for transformer models"));
}

TEST_F(System, SaysWhatOfTheApuCanBeOpened) {
  write("dev/apusys", "");
  write("dev/apusys_reviser", "");
  write("dev/dma_heap/system", "");
  write("dev/dma_heap/mtk_mm", "");
  write("dev/null_too", "");
  const auto open = [](const fs::path& path) {
    const std::string name = path.filename().string();
    return name == "apusys" ? EACCES : name == "mtk_mm" ? EIO : open_node(path);
  };
  const std::vector<NodeFacts> nodes = device_nodes(root_.path(), open);
  ASSERT_EQ(nodes.size(), 4U);
  EXPECT_EQ(nodes[0], (NodeFacts{"/dev/apusys", NodeState::denied, "Permission denied"}));
  EXPECT_EQ(nodes[1], (NodeFacts{"/dev/apusys_reviser", NodeState::works, ""}));
  EXPECT_EQ(nodes[2].path, "/dev/dma_heap/mtk_mm");
  EXPECT_EQ(nodes[2].state, NodeState::failed);
  EXPECT_EQ(nodes[3], (NodeFacts{"/dev/dma_heap/system", NodeState::works, ""}));
}

TEST_F(System, SaysThatThereIsNoApu) {
  const std::vector<NodeFacts> nodes = device_nodes(root_.path());
  ASSERT_EQ(nodes.size(), 2U);
  EXPECT_EQ(nodes[0].state, NodeState::absent);
  EXPECT_EQ(nodes[1].state, NodeState::absent);
}

TEST_F(System, FindsLibrariesThatTheLoaderDoesNotLookFor) {
  write("vendor/lib64/libneuron_runtime.8.so", "");
  EXPECT_EQ(find_library(root_.path(), "libneuron_runtime.8.so"),
            "/vendor/lib64/libneuron_runtime.8.so");
  EXPECT_EQ(find_library(root_.path(), "libneuron_runtime.7.so"), "");
}

}  // namespace
}  // namespace sotto::test
