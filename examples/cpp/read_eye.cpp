// Reads raw grey frames from standard input and prints a line of JSON for each:
//
//     ffmpeg -loglevel error -i eye.mp4 -f rawvideo -pix_fmt gray - | ./read_eye default.onnx 640x480 30
#include <cstdio>
#include <iostream>

#include "reader.hpp"

int main(int count, char** words) try {
    int width = 0, height = 0, read = 0;
    double rate_hz = eyeprentice::LEARNT_HZ;
    bool is_right = count == 3 || count == 4;  // whatever stands behind a number (640x480x3) would mean other frames
    is_right = is_right && std::sscanf(words[2], "%5dx%5d%n", &width, &height, &read) == 2 && words[2][read] == 0;
    if (count == 4) is_right = is_right && std::sscanf(words[3], "%lf%n", &rate_hz, &read) == 1 && words[3][read] == 0;
    if (!is_right || width < 1 || height < 1) {
        std::cerr << "usage: read_eye MODEL.onnx WIDTHxHEIGHT [FRAMES_A_SECOND] < grey frames\n";
        return 2;
    }
    eyeprentice::Reader reader(words[1], rate_hz);
    std::vector<uint8_t> frame(static_cast<size_t>(width) * static_cast<size_t>(height));
    const auto size = static_cast<std::streamsize>(frame.size());
    for (int number = 0; std::cin.read(reinterpret_cast<char*>(frame.data()), size); ++number) {
        const eyeprentice::Reading& reading = reader.step(frame.data(), width, height);
        std::printf("{\"frame\": %d, \"emotion\": \"%s\", \"probabilities\": {", number,
                    reader.model.labels[reading.best].c_str());
        for (size_t label = 0; label < reader.model.labels.size(); ++label) {
            std::printf("%s\"%s\": %.6f", label ? ", " : "", reader.model.labels[label].c_str(),
                        reading.probabilities[label]);
        }
        std::printf("}, \"units\": {");
        const char* comma = "";
        for (const auto& [name, value] : reading.units) {
            std::printf("%s\"%s\": %.6f", comma, name.c_str(), value);
            comma = ", ";
        }
        std::puts("}}");
    }
    if (std::cin.gcount() != 0) throw std::runtime_error("the last frame is cut short");
} catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 2;
}
