//! Pictures and recordings that tests make.

/// A picture of 32 x 32 pixels in one shade of gray, as a PNG file.
pub fn png(shade: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 32, 32);
    encoder.set_color(png::ColorType::Rgb);
    let pixels = vec![shade; 3 * 32 * 32];
    encoder.write_header().expect("a header").write_image_data(&pixels).expect("pixels");
    bytes
}

/// An eighth of a second at 8 kHz, the higher the pitch the larger the number, as a WAV file.
pub fn wav(pitch: u8) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).expect("a recording");
    for t in 0..1000 {
        let angle = f64::from(t) * (0.1 + 0.05 * f64::from(pitch));
        writer.write_sample((9000.0 * angle.sin()) as i16).expect("a sample");
    }
    writer.finalize().expect("a recording");
    bytes.into_inner()
}
