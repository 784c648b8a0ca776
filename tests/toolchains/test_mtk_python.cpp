// What MediaTek's converter and executor are imported from, with modules that only say so.
#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <string>

#include "compile/toolchains/mtk_converter.h"
#include "core/base/error.h"
#include "core/tflite/neuron_sdk.h"
#include "run/backends/mtk_converter/mtk_child.h"
#include "run/backends/threads.h"
#include "support/files.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

namespace fs = std::filesystem;

class MtkPythonModules : public testing::Test {
 protected:
  void SetUp() override {
    if (!find_program("python3")) GTEST_SKIP() << "no python3 here";
    ::unsetenv("MTK_NEURON_SDK");
    ::unsetenv("SOTTO_MTK_PYTHON");
    before_ = fs::current_path();
    for (const char* name : {"here", "sdk"}) fs::create_directory(folder_ / name);
    for (const char* name : {"numpy", "torch", "mtk_converter", "json", "platform", "struct", "os",
                             "sitecustomize", "encodings"}) {
      write_file(folder_ / "here" / (std::string(name) + ".py"),
                 "open('" + (folder_ / "ran").string() + "', 'a').write(__name__)\n");
    }
    write_file(folder_ / "sdk/numpy.py", "");
    write_file(folder_ / "sdk/torch.py", "__version__ = '1.13'\nfloat32 = 0\n");
    write_file(folder_ / "sdk/mtk_converter.py", kModule);
    fs::current_path(folder_ / "here");
    // An empty part of a list stands for the current folder.
    ::setenv("MTK_CONVERTER_PATH", (":" + (folder_ / "sdk").string() + ":").c_str(), 1);
    ::setenv("PYTHONPATH", (folder_ / "here").c_str(), 1);
    ::setenv("PYTHONSTARTUP", (folder_ / "here/os.py").c_str(), 1);
  }

  void TearDown() override {
    if (before_.empty()) return;
    fs::current_path(before_);
    for (const char* name : {"MTK_CONVERTER_PATH", "PYTHONPATH", "PYTHONSTARTUP"}) ::unsetenv(name);
  }

  static constexpr const char* kModule = R"(__version__ = 'fake'
class PyTorchConverter:
    @classmethod
    def from_script_module_file(cls, path, input_shapes, input_types):
        return cls()
    def convert_to_tflite(self, output_file):
        open(output_file, 'w').write('converted')
class TFLiteExecutor:
    def __init__(self, path):
        pass
)";

  TempFolder folder_;
  fs::path before_;
};

TEST_F(MtkPythonModules, OfTheConverterAreNeverThoseOfTheCurrentFolder) {
  const MtkPython python = find_mtk_python({});
  const fs::path output = folder_ / "out.tflite";
  const Command command = mtk_command(python, folder_ / "in.pt", output, {{1, 80, 3000}});
  const std::string version =
      convert_with_mtk(command, folder_ / "in.pt", output, folder_ / "log/log");
  EXPECT_THAT(version, testing::HasSubstr("mtk_converter fake"));
  EXPECT_EQ(read_file(output), "converted");
  EXPECT_FALSE(fs::exists(folder_ / "ran")) << read_file(folder_ / "ran");
}

TEST_F(MtkPythonModules, OfTheExecutorAreNeverThoseOfTheCurrentFolder) {
  MtkChild child(find_mtk_python({}), 1);
  EXPECT_EQ(child.load(folder_ / "out.tflite"), 0U);
  EXPECT_FALSE(fs::exists(folder_ / "ran")) << read_file(folder_ / "ran");
}

// The executor's own library is another process's: what it is told lies in its environment.
TEST_F(MtkPythonModules, OfTheExecutorAreToldHowManyThreadsToUse) {
  write_file(folder_ / "sdk/mtk_converter.py",
             std::string("import os\nopen('") + (folder_ / "threads").string() +
                 "', 'w').write(os.environ['OMP_NUM_THREADS'])\n" + kModule);
  const MtkChild child(find_mtk_python({}), 3);
  EXPECT_EQ(read_file(folder_ / "threads"), "3");
}

TEST_F(MtkPythonModules, MayLieInAFolderThatIsNamedFromHere) {
  ::setenv("MTK_CONVERTER_PATH", "../sdk", 1);
  EXPECT_NO_THROW(MtkChild(find_mtk_python({}), 1));
}

}  // namespace
}  // namespace sotto::test
