"""Debian's Chromium, as a person with the page of `lenscap serve` uses it. Needs selenium from PyPI."""
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from desk import PASSWORD, wait


def browser(width, height, is_phone=False, is_dark=False):
    options = webdriver.ChromeOptions()
    for argument in ["--headless=new", "--no-sandbox", "--ignore-certificate-errors", "--hide-scrollbars", f"--window-size={width},{height}"]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    if is_phone:
        size = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": True}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    if is_dark:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    return driver


def accept(driver, host, path):
    """Follows an invitation."""
    driver.get(f"https://{host}{path}")
    driver.find_element(By.NAME, "password").send_keys(PASSWORD)
    driver.find_element(By.CSS_SELECTOR, "button.main").click()
    wait("the first page", lambda: driver.find_elements(By.ID, "answer"))


def sign_in(driver, host, name="boss"):
    driver.get(f"https://{host}/")
    driver.find_element(By.NAME, "name").send_keys(name)
    driver.find_element(By.NAME, "password").send_keys(PASSWORD)
    driver.find_element(By.CSS_SELECTOR, "button.main").click()
    wait("signing in", lambda: driver.find_elements(By.ID, "answer"))
